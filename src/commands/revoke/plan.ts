import { Failure } from '../../errors.ts';
import { isFound, type Known } from '../../known.ts';
import { oneLine } from '../../kubelet/authorization-result.ts';
import type {
  AnyBinding,
  ClusterRole,
  ClusterRoleBinding,
  RbacSubject,
  RoleBinding,
} from '../../objects.ts';
import { aggregatorsOf, hasAggregationLabel } from '../../rbac/aggregation.ts';
import { checkManager, creatorOf, isOurs, managerOf } from '../../rbac/annotations.ts';
import { bindingTitle, type Change } from '../../rbac/change.ts';
import { expiryOf, isExpired, ownSubjects, profileIn, withTerms } from '../../rbac/grant.ts';
import {
  addedRules,
  isHandMade,
  withoutAddedRules,
  withoutAddedSubjects,
} from '../../rbac/known-pair.ts';
import { isKnownBinding, knownNames, profileOfRoleName, roleNameOf } from '../../rbac/names.ts';
import { type ProfileName, profileOf } from '../../rbac/profiles.ts';
import { nameOf } from '../../rbac/rbac-objects.ts';
import { covers, formatRules, signedRules } from '../../rbac/rules.ts';
import { formatSubject, hasSubject, sameSubject } from '../../rbac/subject.ts';
import { command } from '../../text/command.ts';
import { summarize } from '../../text/list.ts';

/** Options that select grants. Without any of them, selects those of kube-apiserver; with nodes alone, its subject is set. */
export interface Selection {
  readonly profile: ProfileName | undefined;
  readonly subject: RbacSubject | undefined;
  readonly expired: boolean;
  /** Sorted names of the nodes to which the grants are limited; empty without --node. */
  readonly nodes: readonly string[];
}

export interface FoundForRevoke {
  readonly bindings: readonly ClusterRoleBinding[];
  readonly roles: readonly ClusterRole[];
  /** Whether only the roles of grants could be read. */
  readonly isPartial: boolean;
  /** All RoleBindings, perhaps without their subjects. Unknown if any binding could not be read. */
  readonly roleBindings: Known<readonly RoleBinding[]>;
}

export interface RevokeTerms {
  readonly force: boolean;
  /** The kubelet client; undefined if it is unknown, or if nothing depends on it. */
  readonly client: RbacSubject | undefined;
  readonly now: number;
}

export interface RevokePlan {
  readonly bindings: readonly Change[];
  readonly roles: readonly Change[];
  /** Of bindings that another tool manages. */
  readonly failures: readonly Failure[];
  /** What could not be checked, so that roles stay. */
  readonly notes: readonly string[];
}

const mostListed = 5;

/** Plans each selected binding by itself, and then the roles that no binding refers to any more. */
export function planRevoke(
  found: FoundForRevoke,
  selection: Selection,
  terms: RevokeTerms,
): RevokePlan {
  const failures: Failure[] = [];
  const bindings = found.bindings.flatMap((binding) => {
    try {
      return planUnbind(binding, roleOf(binding, found), selection, terms) ?? [];
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      failures.push(error);
      return [];
    }
  });
  const after = { ...found, bindings: applied(found.bindings, bindings) };
  const roles = planRoles(after, found, selection, terms);
  return { bindings, roles, failures, notes: uncheckedNotes(found) };
}

/**
 * Plans the removal of the selected subject from a binding. Undefined if the selection does not concern the binding. Throws if another
 * tool manages the binding.
 */
export function planUnbind(
  binding: ClusterRoleBinding,
  role: ClusterRole | undefined,
  selection: Selection,
  terms: RevokeTerms,
): Change | undefined {
  if (!isSelected(binding, role, selection, terms.now)) return undefined;
  const { subjects = [] } = binding;
  const name = nameOf(binding);
  const handMade = handMadeSubject(binding, role, terms);
  const leaving = handMade
    ? [handMade]
    : ownSubjects(binding).filter(
        (each) => !selection.subject || sameSubject(each, selection.subject),
      );
  const isEmpty = isOurs(binding) && subjects.length === 0 && !selection.subject;
  if (leaving.length === 0 && !isEmpty) return keepForeign(binding, selection);
  checkManager('ClusterRoleBinding', binding, terms.force);
  const staying = subjects.filter((each) => !hasSubject(leaving, each));
  const change = {
    kind: 'ClusterRoleBinding' as const,
    name,
    differences: [
      ...leaving.map((each) => `- subject ${formatSubject(each)}`),
      ...keptLines(staying),
    ],
    removed: { subjects: leaving },
  };
  if (staying.length === 0 && (isOurs(binding) || handMade))
    return { ...change, action: 'delete', object: binding };
  const known = withoutAddedSubjects(binding, leaving);
  const left = ownSubjects({ ...known, subjects: staying });
  const object = left.length > 0 ? known : withTerms(known, {});
  return { ...change, action: 'update', object: { ...object, subjects: staying } };
}

function uncheckedNotes({ isPartial, roleBindings }: FoundForRevoke): readonly string[] {
  return [
    isPartial
      ? 'note: cannot list clusterroles: roles that no binding refers to were not checked'
      : [],
    isFound(roleBindings)
      ? []
      : `note: roles stay: cannot check which bindings refer to them: ${roleBindings.unknown}`,
  ].flat();
}

function isSelected(
  binding: ClusterRoleBinding,
  role: ClusterRole | undefined,
  { profile, subject, expired, nodes }: Selection,
  now: number,
): boolean {
  const has = profileIn(binding, role);
  if (has === undefined || !(isOurs(binding) || isKnownBinding(nameOf(binding)))) return false;
  const roleName = binding.roleRef.name;
  if (nodes.length > 0 && roleName !== roleNameOf(has, nodes)) return false;
  const expires = expiryOf(binding);
  if (expired && (expires === undefined || !isExpired(expires, now))) return false;
  if (profile !== undefined) return isOfProfile(has, roleName, profile);
  if (subject || expired) return true;
  return isKnownBinding(nameOf(binding));
}

/** kube-apiserver's role may have the rules of either of its profiles. */
function isOfProfile(has: ProfileName, roleName: string, profile: ProfileName): boolean {
  const isForClient = profile === 'apiserver' || profile === 'apiserver-full';
  return has === profile || (roleName === knownNames.role && isForClient);
}

/** Returns the subject of kube-apiserver's binding if somebody made it and its role by hand exactly as `grant` makes them. */
function handMadeSubject(
  binding: ClusterRoleBinding,
  role: ClusterRole | undefined,
  { client }: RevokeTerms,
): RbacSubject | undefined {
  const mayBe = client && nameOf(binding) === knownNames.binding;
  if (!mayBe || ownSubjects(binding).length > 0) return undefined;
  return isHandMade(role, binding, client) ? client : undefined;
}

/** Says of kube-apiserver's binding why it stays if somebody else made it, and what its deletion takes. */
function keepForeign(
  binding: ClusterRoleBinding,
  { subject, expired }: Selection,
): Change | undefined {
  const { subjects = [], roleRef } = binding;
  const name = nameOf(binding);
  const isMeant = subject ? hasSubject(subjects, subject) : subjects.length > 0;
  if (name !== knownNames.binding || expired || !isMeant) return undefined;
  return {
    ...{ kind: 'ClusterRoleBinding', name, action: 'none', object: binding },
    differences: [
      `ClusterRoleBinding ${name} kept: it ${whyForeign(binding)}`,
      ...subjects
        .slice(0, mostListed)
        .map((each) => `subject ${formatSubject(each)} has ClusterRole ${roleRef.name} by it`),
    ],
    notes: [
      command`to delete it, which takes that role from all its subjects: kubectl delete clusterrolebinding ${name}`,
    ],
  };
}

function whyForeign(binding: ClusterRoleBinding): string {
  const [manager, creator] = [managerOf(binding), creatorOf(binding)];
  if (manager !== undefined) return `is managed by ${manager}`;
  if (isOurs(binding)) return 'has only subjects that grant did not add';
  const by = creator === undefined ? 'was not created' : `was created by ${oneLine(creator)}, not`;
  return `${by} by kubectl-kubeletaccess`;
}

function keptLines(staying: readonly RbacSubject[]): readonly string[] {
  const rest = staying.length - mostListed;
  return [
    ...staying
      .slice(0, mostListed)
      .map((each) => `subject ${formatSubject(each)} kept: not added by this grant`),
    ...(rest > 0 ? [`and ${rest} more subjects kept`] : []),
  ];
}

/** Returns the objects as they are after the changes. */
export function applied<T extends ClusterRole | ClusterRoleBinding>(
  objects: readonly T[],
  changes: readonly Change[],
): readonly T[] {
  const byName = new Map(changes.map((change) => [change.name, change]));
  return objects.flatMap((each) => {
    const { action, object } = byName.get(nameOf(each)) ?? {};
    if (action === 'delete') return [];
    return action === 'update' ? (object as T) : each;
  });
}

/**
 * Plans the roles of the selected bindings, and of interrupted runs.
 * @param after the objects after the bindings were changed
 * @param before the objects as they were read first
 */
export function planRoles(
  after: FoundForRevoke,
  before: FoundForRevoke,
  selection: Selection,
  terms: RevokeTerms,
): readonly Change[] {
  if (!isFound(after.roleBindings)) return [];
  const roleBindings = after.roleBindings.found;
  const left = new Set(
    before.bindings.flatMap((binding) => {
      const isConcerned = isSelected(binding, roleOf(binding, before), selection, terms.now);
      return isConcerned && concernsSubject(binding, selection) ? binding.roleRef.name : [];
    }),
  );
  return after.roles.flatMap((role) => {
    const name = nameOf(role);
    const isCandidate = left.has(name) || isLeftover(role, after, selection);
    const referrers = roleBindings.filter((each) => refersTo(each, name));
    return isCandidate ? (planRole(role, referrers, after, before, selection, terms) ?? []) : [];
  });
}

/** Whether the selected subject is one that `grant` added to the binding, or any subject of kube-apiserver's own. */
function concernsSubject(binding: ClusterRoleBinding, { subject }: Selection): boolean {
  const isKnown = nameOf(binding) === knownNames.binding;
  return !subject || hasSubject(isKnown ? (binding.subjects ?? []) : ownSubjects(binding), subject);
}

/**
 * Whether an interrupted run of grant or revoke left a role without a binding, or left rules that `grant` added to kube-apiserver's role
 * without a subject that it added, and the selection includes it.
 */
function isLeftover(
  role: ClusterRole,
  { bindings }: FoundForRevoke,
  { profile, subject, expired, nodes }: Selection,
): boolean {
  const name = nameOf(role);
  const has = profileOfRoleName(name);
  const holders = bindings.filter((each) => refersTo(each, name));
  const isUsed = isOurs(role)
    ? holders.length > 0
    : addedRules(role).length === 0 || holders.some((each) => ownSubjects(each).length > 0);
  if (has === undefined || isUsed) return false;
  if (nodes.length > 0 && name !== roleNameOf(has, nodes)) return false;
  if (profile !== undefined) return isOfProfile(has, name, profile);
  // kube-apiserver needs the rules that repaired its role, whoever else loses access.
  if (subject || expired) return isOurs(role);
  return name === knownNames.role;
}

function planRole(
  role: ClusterRole,
  namespaced: readonly RoleBinding[],
  after: FoundForRevoke,
  before: FoundForRevoke,
  { subject }: Selection,
  { force, client }: RevokeTerms,
): Change | undefined {
  const name = nameOf(role);
  const target = { kind: 'ClusterRole' as const, name };
  // The change of a built-in role has no object, so that -o does not print it.
  if (name === profileOf('builtin').ownRole) return undefined;
  const wasHandMade = before.bindings.some(
    (each) => refersTo(each, name) && client && isHandMade(role, each, client),
  );
  const holders = after.bindings.filter((each) => refersTo(each, name));
  if (!isOurs(role) && !wasHandMade) {
    const isUsed = holders.some((each) => ownSubjects(each).length > 0);
    const added = addedRules(role);
    if (added.length === 0 || isUsed) return undefined;
    const manager = managerOf(role);
    if (manager !== undefined && !force) return keptRole(role, `it is managed by ${manager}`);
    if (!force && after.isPartial && hasAggregationLabel(role))
      return keptRole(role, 'it has an aggregation label, and clusterroles cannot be listed');
    const losers = [...otherHolders(holders, subject ?? client), ...aggregatedLines(role, after)];
    if (losers.length > 0 && !force)
      return keptRole(
        role,
        `others have ${formatRules(added)}, which grant added: ${summarize(losers, mostListed)}; --force takes it`,
      );
    return {
      ...target,
      action: 'update',
      object: withoutAddedRules(role),
      differences: [...signedRules('-', added), ...losers.map((each) => `  also from ${each}`)],
      removed: { rules: added },
    };
  }
  const reason = whyKept(role, [...holders, ...namespaced], after, force || wasHandMade, force);
  if (reason !== undefined) return keptRole(role, reason);
  return {
    ...target,
    action: 'delete',
    object: role,
    differences: [
      ...signedRules('-', role.rules ?? []),
      ...aggregatedLines(role, after).map((line) => `  also from ${line}`),
    ],
  };
}

function keptRole(role: ClusterRole, reason: string): Change {
  const name = nameOf(role);
  const differences = [`ClusterRole ${name} kept: ${reason}`];
  return { kind: 'ClusterRole', name, action: 'none', object: role, differences };
}

function whyKept(
  role: ClusterRole,
  referrers: readonly AnyBinding[],
  after: FoundForRevoke,
  mayHaveMore: boolean,
  force: boolean,
): string | undefined {
  const manager = managerOf(role);
  if (manager !== undefined && !force) return `it is managed by ${manager}`;
  if (!mayHaveMore && allowsMore(role)) return 'rules were added to it';
  if (referrers.length > 0)
    return `it is referenced by ${summarize(referrers, mostListed, bindingTitle)}`;
  if (force) return undefined;
  if (after.isPartial && hasAggregationLabel(role))
    return 'it has an aggregation label, and clusterroles cannot be listed';
  const losers = aggregatedLines(role, after);
  return losers.length > 0
    ? `others have it through aggregation: ${losers.join('; ')}; --force deletes it`
    : undefined;
}

/** Whether a role allows more than its profile. kube-apiserver's role may have the rules of either of its profiles. */
function allowsMore(role: ClusterRole): boolean {
  const name = nameOf(role);
  const profile = profileOfRoleName(name);
  if (profile === undefined) return true;
  const most = name === knownNames.role ? 'apiserver-full' : profile;
  return !covers(profileOf(most).rules, role.rules ?? []);
}

function aggregatedLines(
  role: ClusterRole,
  { roles, bindings }: FoundForRevoke,
): readonly string[] {
  return aggregatorsOf(role, roles).map((aggregator) => {
    const holders = bindings.filter((each) => refersTo(each, nameOf(aggregator)));
    const by = holders.length > 0 ? ` (${summarize(holders, mostListed, holderText)})` : '';
    return `ClusterRole ${nameOf(aggregator)}${by}`;
  });
}

/** Returns the bindings with subjects other than the one that is revoked. */
function otherHolders(
  holders: readonly ClusterRoleBinding[],
  revoked: RbacSubject | undefined,
): readonly string[] {
  return holders
    .filter(({ subjects = [] }) => subjects.some((each) => !revoked || !sameSubject(each, revoked)))
    .map(holderText);
}

function holderText(binding: ClusterRoleBinding): string {
  const subjects = (binding.subjects ?? []).map(formatSubject);
  return (
    bindingTitle(binding) + (subjects.length > 0 ? ` with ${summarize(subjects, mostListed)}` : '')
  );
}

function refersTo({ roleRef }: AnyBinding, roleName: string): boolean {
  return roleRef.kind === 'ClusterRole' && roleRef.name === roleName;
}

export function roleOf(
  { roleRef }: ClusterRoleBinding,
  { roles }: Pick<FoundForRevoke, 'roles'>,
): ClusterRole | undefined {
  return roles.find((role) => nameOf(role) === roleRef.name);
}
