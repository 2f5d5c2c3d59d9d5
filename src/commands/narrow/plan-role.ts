import type { Agent } from '../../kubelet/agents/agent.ts';
import type { Evidence } from '../../kubelet/audit-log/evidence.ts';
import { isOfApiServer, rulesOf } from '../../kubelet/narrow/holders.ts';
import { type NarrowedRole, narrowRole, opens } from '../../kubelet/narrow/narrow-role.ts';
import type { RuleVerdict } from '../../kubelet/narrow/narrow-rules.ts';
import { grantsToOthers } from '../../kubelet/narrow/narrowable.ts';
import { type Need, needsOfAgents } from '../../kubelet/narrow/need.ts';
import type { ClusterRole } from '../../objects.ts';
import { runsCommands } from '../../rbac/profiles.ts';
import { nameOf } from '../../rbac/rbac-objects.ts';
import { covers, formatRules } from '../../rbac/rules.ts';
import { formatSubject } from '../../rbac/subject.ts';
import { joinWords } from '../../text/list.ts';
import type { FoundKubelets, NarrowFacts } from './facts.ts';
import type { NarrowSettings } from './options.ts';
import { agentsOfUsers, type RoleUser, titleOfUser, usersOf, withEvidence } from './role-users.ts';
import type { ChosenRole, SelectedRoles } from './select-roles.ts';

export interface RoleUse extends Pick<NarrowSettings, 'agent' | 'calls'> {
  readonly evidence: readonly Evidence[] | undefined;
}

export interface RolePlan extends ChosenRole {
  /** Users of the role; empty if --calls gives the calls. */
  readonly users: readonly RoleUser[];
  readonly needs: readonly Need[];
  /** The role's new rules; undefined if there are questions. */
  readonly narrowing: NarrowedRole | undefined;
  /** A line for each subject whose calls are unknown, with the reason. */
  readonly questions: readonly string[];
}

export interface Planned extends Omit<SelectedRoles, 'chosen'> {
  readonly plans: readonly RolePlan[];
  readonly kubelets: FoundKubelets;
}

export function planRoles(
  facts: NarrowFacts,
  { chosen, ...selection }: SelectedRoles,
  answers: RoleUse,
): Planned {
  const { kubelets } = facts;
  const plans = chosen.map((each) => planNarrowing(each, facts, answers));
  const unread = plans
    .flatMap(({ users }) => users)
    .flatMap(({ title, note, beside }) => [
      ...(note === undefined ? [] : [`${title} is recognized by its name alone: ${note}`]),
      ...(beside === undefined ? [] : [`${title}: ${beside}`]),
    ]);
  const unseen = plans.flatMap((each) => configurationNote(each) ?? []);
  const notes = new Set([...selection.notes, ...unread, ...kubelets.notes, ...unseen]);
  return { ...selection, plans, kubelets, notes: [...notes] };
}

export function planNarrowing(chosen: ChosenRole, facts: NarrowFacts, answers: RoleUse): RolePlan {
  const { role } = chosen;
  const isAnswered = answers.calls !== undefined && !isOfApiServer(role);
  const known = isAnswered ? [] : usersOf(chosen, facts, answers.agent);
  const users = answers.evidence ? withEvidence(known, answers.evidence) : known;
  const questions = users.flatMap((user) => questionOf(user));
  if (questions.length > 0) {
    const own = users.flatMap((user) => ownRoleOf(user, role, facts));
    return { ...chosen, users, needs: [], narrowing: undefined, questions: [...questions, ...own] };
  }
  const agents = agentsOfUsers(users);
  const seen = users.flatMap((user) => user.seen ?? []);
  const needs = answers.calls ?? [...needsOfAgents(agents), ...seen];
  const whole = narrowRole(role.rules ?? [], needs, facts.kubelets);
  const isLacking = (need: Need) => !isGivenElsewhere(need, chosen, users, facts);
  const narrowing = { ...whole, lacking: whole.lacking.filter(isLacking) };
  const granter = agents.find(({ grants = [] }) => grants.length > 0);
  const final = granter ? held(role, narrowing, granter) : narrowing;
  return { ...chosen, users, needs, narrowing: final, questions };
}

/**
 * Called if this role lacks the permission for a call. Returns whether every subject that makes the call has the permission from another
 * role.
 */
function isGivenElsewhere(
  need: Need,
  { holders }: ChosenRole,
  users: readonly RoleUser[],
  { roles, bindings, kubelets: { minors } }: NarrowFacts,
): boolean {
  const isCaller = (title: string) => {
    const user = users.find((each) => each.title === title);
    return (
      !user || need.agent === '' || agentsOfUsers([user]).some(({ name }) => name === need.agent)
    );
  };
  const callers = holders.filter(({ subject }) => isCaller(formatSubject(subject)));
  return (
    callers.length > 0 &&
    callers.every(({ subject }) => opens(rulesOf(subject, roles, bindings), need, minors))
  );
}

function questionOf(user: RoleUser): readonly string[] {
  const { unknown, seen } = user;
  const title = titleOfUser(user);
  if (seen) return [];
  if (unknown !== undefined) return [`${title}: ${unknown}`];
  return agentsOfUsers([user])
    .filter(({ calls }) => calls === undefined)
    .map(({ name }) => `${title}: it is ${name}, and nobody knows what that calls`);
}

/**
 * Describes the rules that one user of a role needs. Called if the role cannot be narrowed: this user may get another role with only these
 * rules.
 */
function ownRoleOf(
  user: RoleUser,
  role: ClusterRole,
  { kubelets }: NarrowFacts,
): readonly string[] {
  if (questionOf(user).length > 0) return [];
  const agents = agentsOfUsers([user]);
  const { own } = narrowRole(role.rules ?? [], needsOfAgents(agents), kubelets);
  const needed = formatRules(own) || 'nothing of it';
  return [
    `${titleOfUser(user)}: it is ${joinWords(
      agents.map(({ name }) => name),
      'and',
    )}, and needs ${needed}: give it a role of its own`,
  ];
}

/** Keeps all rules of the role if the agent grants them to others, because RBAC lets no subject grant permissions that it does not have. */
function held(role: ClusterRole, narrowing: NarrowedRole, agent: Agent): NarrowedRole {
  const why = grantsToOthers(agent);
  const own = narrowing.verdicts.filter(({ verdict, why }) => verdict !== 'keep' || why === '');
  const byRule = new Map(own.map((each) => [each.rule, each]));
  const stays = [...byRule.values()].map(
    (each): RuleVerdict => ({
      ...each,
      ...{ verdict: 'cannot narrow', replacedBy: '', needs: [], why, kubelets: 'all' },
    }),
  );
  const verdicts = [...stays, ...narrowing.verdicts.filter((each) => !own.includes(each))];
  return { ...narrowing, rules: role.rules ?? [], verdicts, added: [], removed: [], lost: [] };
}

/**
 * Returns a note if the role loses nodes/proxy and the agent may need it. Users can configure some agents to send requests through the API
 * server.
 */
function configurationNote({ role, users, narrowing }: RolePlan): string | undefined {
  const names = agentsOfUsers(users).flatMap(({ name, generic }) => (generic ? [name] : []));
  const isGone = covers(narrowing?.removed ?? [], [runsCommands]);
  if (names.length === 0 || !isGone) return undefined;
  return `before ClusterRole ${nameOf(role)} loses nodes/proxy, look for /api/v1/nodes in the configuration of ${joinWords(names, 'and')}: requests through the API server need it`;
}
