import { foundIn, type Known } from '../../known.ts';
import { leastOf } from '../../kubelet/agents/agent-needs.ts';
import { agentOfSubject, agentsIn } from '../../kubelet/agents/recognize-agent.ts';
import type { RunningWorkload } from '../../kubelet/agents/workloads.ts';
import type { RuleId } from '../../kubelet/audit-rules.ts';
import { oneLine } from '../../kubelet/authorization-result.ts';
import {
  formatPermissions,
  type KubeletPermission,
  type Reach,
  type ReachGrant,
} from '../../kubelet/reach.ts';
import type { ClusterRole, RbacSubject } from '../../objects.ts';
import { otherManager } from '../../rbac/annotations.ts';
import { covers, formatRule } from '../../rbac/rules.ts';
import { formatSubject } from '../../rbac/subject.ts';
import { command } from '../../text/command.ts';
import { summarize } from '../../text/list.ts';
import type { AuditFacts, RbacFacts, SelectedRules } from './facts.ts';
import { type AuditFinding, firstSelected, violation } from './finding.ts';

export function checkReachers(
  reach: readonly Reach[],
  { roles, bindings }: RbacFacts,
  running: AuditFacts['running'],
  rules: SelectedRules,
): readonly AuditFinding[] {
  const byName = new Map(roles.map((role) => [role.metadata.name, role]));
  const managers = new Map(bindings.map((each) => [each.metadata.name, otherManager(each)]));
  return reach.flatMap(({ subject, by }) =>
    by.flatMap((grant): readonly AuditFinding[] => {
      if (grant.isDefault) return [];
      const who = formatSubject(subject);
      const strongest = grant.permissions.filter(({ strength }) => strength === grant.strength);
      const place = {
        kind: 'ClusterRoleBinding' as const,
        name: grant.binding,
        part: who,
      };
      const held = `${oneLine(who)} has ${oneLine(formatPermissions(strongest))} by ClusterRole ${oneLine(grant.role)}`;
      const crowd = crowdOf(subject);
      if (crowd !== undefined) {
        const evidence = `${held}; it is ${crowd}`;
        const showsLittle = grant.strength === 'read' || grant.strength === 'metrics';
        const severity = showsLittle ? 'medium' : 'high';
        const edit = `remove ${oneLine(who)} from the binding: ${command`kubectl edit clusterrolebinding ${grant.binding}`}`;
        const remedy = `${edit}${lossWords(byName.get(grant.role), strongest)}${ownerWords(managers.get(grant.binding))}`;
        const ids: readonly RuleId[] = ['KA401', ...execRules(subject, grant)];
        const found = ids.map((id) =>
          violation(
            id,
            { ...place, observation: evidence },
            id === 'KA401' ? { severity, remedy } : { remedy },
          ),
        );
        return firstSelected(found, rules);
      }
      const less = command`see what it needs, and the role without nodes/proxy where that is enough: kubectl kubeletaccess narrow --subject ${who}`;
      const evidence = `${held}${agentWords(subject, grant.role, running.get(who))}`;
      const found = execRules(subject, grant).map((id) =>
        violation(id, { ...place, observation: evidence }, { remedy: less }),
      );
      return firstSelected(found, rules);
    }),
  );
}

/** Returns the rules that a grant of exec breaks, the one that tells most first. */
function execRules(subject: RbacSubject, grant: ReachGrant): readonly RuleId[] {
  if (grant.strength !== 'exec') return [];
  return [
    ...(isWorkload(subject) ? (['KA402'] as const) : []),
    ...(looksLikeReading(grant) ? (['KA403'] as const) : []),
  ];
}

function ownerWords(manager: string | undefined): string {
  return manager === undefined
    ? ''
    : `; ${oneLine(manager)} manages the binding, and would undo this: change it there`;
}

/** Lists all permissions of a role. Returns an empty text if the role has no permissions other than `named`. */
function lossWords(role: ClusterRole | undefined, named: readonly KubeletPermission[]): string {
  const rules = role?.rules ?? [];
  const namedRules = named.map(({ resource, verb, nodeNames: nodes }) => ({
    ...{ apiGroups: [''], resources: [resource], verbs: [verb] },
    ...(nodes && { resourceNames: [...nodes] }),
  }));
  if (covers(namedRules, rules)) return '';
  const all = summarize(rules.map(formatRule), 5);
  return `, which takes away all that ClusterRole ${oneLine(role?.metadata.name ?? '')} allows: ${oneLine(all)}`;
}

/** Recognizes agents by their pods or, if no pods are known, by the account and its role. */
function agentWords(
  subject: RbacSubject,
  role: string,
  running: Known<readonly RunningWorkload[]> | undefined,
): string {
  if (subject.kind !== 'ServiceAccount') return '';
  const { namespace = '', name } = subject;
  const known = { serviceAccount: { namespace, name }, role };
  const workloads = foundIn(running);
  const each = (workloads ?? []).map((workload) => ({
    workload,
    found: agentsIn(workload, known),
  }));
  const agents = new Map(
    each.flatMap(({ found }) => found).map(({ agent }) => [agent.name, agent]),
  );
  const others = each.flatMap(({ workload, found }) => (found.length === 0 ? workload : []));
  const byName = each.length === 0 ? agentOfSubject(subject, role) : undefined;
  const needs = [...agents.values(), ...(byName ? [byName] : [])].map((agent) => {
    const least = leastOf(agent);
    return `${agent.name}, which ${least === undefined ? 'needs what nobody knows' : `needs ${least}`}`;
  });
  const images = new Set(
    others.flatMap(({ containers }) => containers.map(({ image }) => oneLine(image))),
  );
  return [
    ...(needs.length > 0 ? [`; it is ${needs.join('; and ')}`] : []),
    ...(images.size > 0 ? [`; its pods run ${summarize([...images], 3)}, no known agent`] : []),
    ...(workloads?.length === 0 ? ['; no pod runs as it now'] : []),
  ].join('');
}

function crowdOf({ kind, name }: RbacSubject): string | undefined {
  if (kind === 'User') return name === 'system:anonymous' ? everyone : undefined;
  return kind === 'Group' ? crowds.get(name) : undefined;
}

const everyone = 'everyone, even without a credential';
const crowds = new Map([
  ['system:unauthenticated', everyone],
  ['system:authenticated', 'everyone with a credential'],
  ['system:serviceaccounts', 'every pod with a service account'],
  ['system:nodes', 'every node'],
]);

/** Whether pods outside kube-system have the permissions of a subject. */
function isWorkload({ kind, name, namespace }: RbacSubject): boolean {
  if (kind === 'Group' && /^system:(?:authenticated|serviceaccounts)$/.test(name)) return true;
  const home =
    kind === 'ServiceAccount' ? namespace : /^system:serviceaccounts:(.+)$/.exec(name)?.[1];
  return home !== undefined && home !== 'kube-system';
}

/** Whether a binding gives `get` without `create` on nodes/proxy, which looks harmless to administrators. */
function looksLikeReading({ permissions }: ReachGrant): boolean {
  const verbs = permissions
    .filter(({ resource }) => resource === 'nodes/proxy')
    .map(({ verb }) => verb);
  return verbs.includes('get') && !verbs.includes('create');
}
