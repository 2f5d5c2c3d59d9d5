import type { ClusterRole, ClusterRoleBinding, RbacSubject } from '../../objects.ts';
import { runsCommands } from '../../rbac/profiles.ts';
import { nameOf } from '../../rbac/rbac-objects.ts';
import { covers, formatRules, missingRules } from '../../rbac/rules.ts';
import { formatSubject } from '../../rbac/subject.ts';
import { command } from '../../text/command.ts';
import { summarize } from '../../text/list.ts';
import type { Agent } from '../agents/agent.ts';
import type { AgentOf } from '../agents/recognize-agent.ts';
import { aggregatedFrom, isOfApiServer, roleHoldersOf } from './holders.ts';
import { type KubeletVersions, newerMinors, olderMinors } from './kubelets.ts';
import { narrowRole } from './narrow-role.ts';
import type { RuleVerdict } from './narrow-rules.ts';
import { formatCall, needsOfAgents } from './need.ts';

export interface Narrowable {
  readonly verdict: 'yes' | 'no' | 'unknown';
  /** The command that narrows the role. If the verdict is not `yes`, the reason for the verdict. */
  readonly why: string;
}

/** If `minors` is undefined, assumes kubelets that check finer permissions than nodes/proxy. */
export function narrowableBy(
  roles: readonly ClusterRole[],
  bindings: readonly ClusterRoleBinding[],
  agentOf: AgentOf,
  minors?: readonly number[],
): (subject: RbacSubject, role: string) => Narrowable {
  const byName = new Map(roles.map((role) => [nameOf(role), role]));
  const known = new Map<string, Narrowable>();
  const cluster = { roles, bindings, agentOf, versions: minors ? { minors, also: [] } : assumed };
  return (subject, name) => {
    const role = byName.get(name);
    if (role && isOfApiServer(role))
      return no('kube-apiserver needs nodes/proxy for kubectl logs and exec');
    if (!role || !agentOf(subject, name)) return unknown(whoIsUnknown(subject));
    const found = known.get(name) ?? narrowableRole(role, cluster);
    known.set(name, found);
    return found.verdict === 'yes' ? { ...found, why: narrowCommand(subject) } : found;
  };
}

interface ClusterAccess {
  readonly roles: readonly ClusterRole[];
  readonly bindings: readonly ClusterRoleBinding[];
  readonly agentOf: AgentOf;
  readonly versions: KubeletVersions;
}

export function grantsToOthers({ name }: Agent): string {
  return `${name} grants it to others, and may not grant what it does not have`;
}

function whoIsUnknown(subject: RbacSubject): string {
  return subject.kind === 'ServiceAccount'
    ? `neither its name nor its pods tell which agent it is: ${narrowCommand(subject)}`
    : `a ${subject.kind.toLowerCase()} may be anyone`;
}

function narrowCommand(subject: RbacSubject): string {
  return command`kubectl kubeletaccess narrow --subject ${formatSubject(subject)}`;
}

/**
 * Judges whether a role can be narrowed. The agents of all its subjects must be known. For an aggregated role, judges the roles
 * that it aggregates.
 */
function narrowableRole(role: ClusterRole, cluster: ClusterAccess): Narrowable {
  const written = role.aggregationRule ? aggregatedFrom(role, cluster.roles) : [role];
  const each = written.map((one) => narrowableAlone(one, cluster));
  return (
    each.find(({ verdict }) => verdict === 'yes') ??
    each.find(({ verdict }) => verdict === 'unknown') ??
    each[0] ??
    unknown('its controller writes its rules, and no role has them')
  );
}

function narrowableAlone(
  role: ClusterRole,
  { roles, bindings, agentOf, versions }: ClusterAccess,
): Narrowable {
  const holders = roleHoldersOf(role, roles, bindings).map(({ subject }) => ({
    subject,
    agent: agentOf(subject, nameOf(role)),
  }));
  const strangers = holders.flatMap(({ subject, agent }) => (agent ? [] : formatSubject(subject)));
  if (strangers.length > 0)
    return unknown(`others have the role, who are no known agents: ${summarize(strangers, 3)}`);
  const agents = [...new Set(holders.flatMap(({ agent }) => agent ?? []))];
  const secret = agents.find(({ calls }) => calls === undefined);
  if (secret) return unknown(`nobody knows what ${secret.name} calls`);
  const granter = agents.find(({ grants = [] }) => grants.length > 0);
  if (granter) return no(grantsToOthers(granter));
  const needs = needsOfAgents(agents);
  const whole = narrowRole(role.rules ?? [], needs, versions);
  const always = needs.filter(({ when }) => when === undefined);
  const usual = narrowRole(role.rules ?? [], always, versions);
  const [runs, mayRun] = [whole, usual].map(({ rules }) => covers(rules, [runsCommands]));
  // If the role keeps the permission to run commands only for calls that an option enables, the verdict is not `yes`.
  if (whole.removed.length > 0 && (!runs || mayRun)) return { verdict: 'yes', why: '' };
  if (usual.removed.length === 0) return no(whyNot(usual.verdicts));
  const options = new Set(
    whole.verdicts
      .filter(({ verdict }) => verdict === 'keep' || verdict === 'cannot narrow')
      .flatMap(({ needs }) => needs.flatMap(({ when }) => when ?? [])),
  );
  const lost = formatRules(missingRules(usual.rules, whole.rules));
  return unknown(`it needs ${lost} only with options: ${[...options].join('; ')}`);
}

/**
 * Versions that are assumed if no kubelet is read, as for a role in a file. Kubelets of these versions check finer permissions than
 * nodes/proxy.
 */
const assumed: KubeletVersions = { minors: newerMinors, also: olderMinors };

function whyNot(verdicts: readonly RuleVerdict[]): string {
  const stuck = verdicts.filter(({ verdict }) => verdict === 'cannot narrow');
  const [own] = stuck.filter(({ why }) => why !== '');
  if (own) return own.why;
  const calls = [...new Set(stuck.flatMap(({ needs }) => needs.map(formatCall)))];
  if (calls.length > 0) return `its requests need nodes/proxy: ${summarize(calls, 3)}`;
  return 'it has no more than it needs';
}

function no(why: string): Narrowable {
  return { verdict: 'no', why };
}

function unknown(why: string): Narrowable {
  return { verdict: 'unknown', why };
}
