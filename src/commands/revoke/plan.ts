import { Failure } from '../../errors.ts';
import { oneLine } from '../../kubelet/authorization-result.ts';
import type { ClusterRole, ClusterRoleBinding, RbacSubject, RoleBinding } from '../../objects.ts';
import { checkManager, creatorOf, isOurs, managerOf } from '../../rbac/annotations.ts';
import { bindingTitle, type Change } from '../../rbac/change.ts';
import { expiryOf, isExpired, ownSubjects, withoutSubjects } from '../../rbac/grant.ts';
import { addedRules, hasAddedRules, withoutAddedRules } from '../../rbac/known-pair.ts';
import { isKnownBinding, knownNames, profileOfRoleName, roleNameOf } from '../../rbac/names.ts';
import { type ProfileName, profileOf } from '../../rbac/profiles.ts';
import { nameOf } from '../../rbac/rbac-objects.ts';
import { covers, formatRules, signedRules } from '../../rbac/rules.ts';
import { formatSubject, hasSubject, sameSubject } from '../../rbac/subject.ts';
import { command } from '../../text/command.ts';
import { summarize } from '../../text/list.ts';
import { listHolders, mostListed, otherHolders, refersTo } from '../shared/pair/holders.ts';

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
  /** All RoleBindings, perhaps without their subjects. */
  readonly roleBindings: readonly RoleBinding[];
  /** Why not all roles and bindings could be read. Then no role changes, because somebody may need it. */
  readonly unknown: string | undefined;
}

export interface RevokeTerms {
  readonly selection: Selection;
  readonly force: boolean;
  /** The kubelet client; undefined if it is unknown, or if nothing depends on it. */
  readonly client: RbacSubject | undefined;
  /** Whether somebody made kube-apiserver's role and binding by hand exactly as `grant` makes them for the client. */
  readonly isHandMade: boolean;
  readonly now: number;
}

export interface RevokePlan {
  readonly bindings: readonly Change[];
  readonly roles: readonly Change[];
  /** Of bindings that another tool manages. */
  readonly failures: readonly Failure[];
  readonly notes: readonly string[];
}

/** Plans each selected binding by itself, and then the roles that no binding refers to any more. */
export function planRevoke(found: FoundForRevoke, terms: RevokeTerms): RevokePlan {
  const { subject, profile, expired, nodes } = terms.selection;
  const selected = found.bindings.filter((each) => isSelected(each, terms));
  const failures: Failure[] = [];
  const bindings = selected.flatMap((binding) => {
    try {
      return planUnbind(binding, terms) ?? [];
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      failures.push(error);
      return [];
    }
  });
  const after = { ...found, bindings: applied(found.bindings, bindings) };
  const left = new Set(selected.map(({ roleRef }) => roleRef.name));
  const names = found.roles
    .filter((role) => left.has(nameOf(role)) || isLeftover(role, after, terms.selection))
    .map(nameOf);
  const isWide = nodes.length > 0 || (profile !== undefined && !subject && !expired);
  const chosen = bindings.filter(({ action }) => action !== 'none').map(({ name }) => name);
  return {
    bindings,
    roles: planRoles(names, after, terms),
    failures,
    notes:
      isWide && chosen.length > 0 ? [`note: chosen grants: ${summarize(chosen, mostListed)}`] : [],
  };
}

/**
 * Plans the removal of the selected subject from a selected binding. Undefined if nothing concerns it. Throws if another tool manages the
 * binding.
 */
export function planUnbind(
  binding: ClusterRoleBinding,
  { selection, force, isHandMade }: RevokeTerms,
): Change | undefined {
  const { subjects = [] } = binding;
  const name = nameOf(binding);
  const isForeign = !isOurs(binding);
  const isWhole = !isForeign || (isHandMade && name === knownNames.binding);
  const leaving = (isForeign && isWhole ? subjects : ownSubjects(binding)).filter(
    (each) => !selection.subject || sameSubject(each, selection.subject),
  );
  if (leaving.length === 0 && !(isWhole && subjects.length === 0))
    return planKept(binding, selection);
  checkManager('ClusterRoleBinding', binding, force);
  const staying = subjects.filter((each) => !hasSubject(leaving, each));
  const kept = staying.map(
    (each) => `subject ${formatSubject(each)} kept: not added by this grant`,
  );
  const rest = kept.length - mostListed;
  const change = {
    ...{ kind: 'ClusterRoleBinding' as const, name, removed: { subjects: leaving } },
    differences: [
      ...leaving.map((each) => `- subject ${formatSubject(each)}`),
      ...kept.slice(0, mostListed),
      ...(rest > 0 ? [`and ${rest} more subjects kept`] : []),
    ],
  };
  return staying.length === 0 && isWhole
    ? { ...change, action: 'delete', object: binding }
    : { ...change, action: 'update', object: withoutSubjects(binding, leaving) };
}

export function isSelected(
  binding: ClusterRoleBinding,
  { selection, now }: Pick<RevokeTerms, 'selection' | 'now'>,
): boolean {
  const { profile, subject, expired } = selection;
  const name = nameOf(binding);
  const isKnown = isKnownBinding(name);
  if (!isOurs(binding) && !isKnown) return false;
  if (!isRoleSelected(binding.roleRef.name, selection)) return false;
  const expires = expiryOf(binding);
  if (expired && (expires === undefined || !isExpired(expires, now))) return false;
  const concerned = name === knownNames.binding ? (binding.subjects ?? []) : ownSubjects(binding);
  if (subject) return hasSubject(concerned, subject);
  return profile !== undefined || expired || isKnown;
}

/** Whether --profile and --node select grants of a role. kube-apiserver's role may have the rules of either of its profiles. */
function isRoleSelected(name: string, { profile, nodes }: Selection): boolean {
  const has = profileOfRoleName(name);
  if (has === undefined || (nodes.length > 0 && name !== roleNameOf(has, nodes))) return false;
  const isFull = name === knownNames.role && profile === 'apiserver-full';
  return profile === undefined || has === profile || isFull;
}

/** Says of kube-apiserver's binding why it stays if somebody else made it, and what its deletion takes. */
function planKept(binding: ClusterRoleBinding, { expired }: Selection): Change | undefined {
  const { subjects = [], roleRef } = binding;
  const name = nameOf(binding);
  if (name !== knownNames.binding || expired || subjects.length === 0) return undefined;
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
 * Whether an interrupted run of grant or revoke left a role without a binding, or left its record of added rules in kube-apiserver's role
 * without a subject that it added, and the selection includes it.
 */
function isLeftover(
  role: ClusterRole,
  { bindings }: FoundForRevoke,
  selection: Selection,
): boolean {
  const { profile, subject, expired } = selection;
  const name = nameOf(role);
  const isUsed = isOurs(role)
    ? bindings.some((each) => refersTo(each, name))
    : !hasAddedRules(role) || isUsedByGrant(name, bindings);
  if (isUsed || !isRoleSelected(name, selection)) return false;
  if (profile !== undefined) return true;
  // kube-apiserver needs the rules that repaired its role, whoever else loses access.
  return subject || expired ? isOurs(role) : name === knownNames.role;
}

function isUsedByGrant(roleName: string, bindings: readonly ClusterRoleBinding[]): boolean {
  return bindings.some((each) => refersTo(each, roleName) && ownSubjects(each).length > 0);
}

/** Plans the deletion of roles, or the removal of the rules that `grant` added. `found` has the bindings as they are after the revoke. */
export function planRoles(
  names: readonly string[],
  found: FoundForRevoke,
  terms: RevokeTerms,
): readonly Change[] {
  if (found.unknown !== undefined) return [];
  return found.roles.flatMap((role) => {
    const name = nameOf(role);
    // The change of a built-in role has no object, so that -o does not print it.
    if (!names.includes(name) || name === profileOf('builtin').ownRole) return [];
    return planRole(role, found, terms) ?? [];
  });
}

function planRole(
  role: ClusterRole,
  { roles, bindings, roleBindings }: FoundForRevoke,
  { selection, force, client, isHandMade }: RevokeTerms,
): Change | undefined {
  const name = nameOf(role);
  const isWhole = isOurs(role) || (isHandMade && name === knownNames.role);
  if (!isWhole && (!hasAddedRules(role) || isUsedByGrant(name, bindings))) return undefined;
  const taken = isWhole ? (role.rules ?? []) : addedRules(role);
  const referrers = isWhole
    ? [...bindings, ...roleBindings].filter((each) => refersTo(each, name))
    : [];
  const losers = listHolders(
    taken.length > 0 ? otherHolders(role, roles, bindings, selection.subject ?? client) : [],
  );
  const manager = managerOf(role);
  const reasons = [
    manager !== undefined && !force && `it is managed by ${manager}`,
    isWhole && !force && allowsMore(role) && 'rules were added to it',
    referrers.length > 0 && `it is referenced by ${summarize(referrers, mostListed, bindingTitle)}`,
    losers.length > 0 &&
      !force &&
      `others have ${isWhole ? 'it' : `${formatRules(taken)}, which grant added`}: ${losers.join('; ')}; --force takes it`,
  ];
  const reason = reasons.find((each) => each !== false);
  const target = { kind: 'ClusterRole' as const, name };
  if (reason)
    return {
      ...{ ...target, action: 'none', object: role },
      differences: [`ClusterRole ${name} kept: ${reason}`],
    };
  const lines = [...signedRules('-', taken), ...losers.map((each) => `  also from ${each}`)];
  return isWhole
    ? { ...target, action: 'delete', object: role, differences: lines }
    : {
        ...{ ...target, action: 'update', object: withoutAddedRules(role) },
        differences: taken.length > 0 ? lines : ['- record of added rules, which are gone'],
        removed: { rules: taken },
      };
}

/** Whether a role allows more than its profile. kube-apiserver's role may have the rules of either of its profiles. */
function allowsMore(role: ClusterRole): boolean {
  const name = nameOf(role);
  const most = name === knownNames.role ? 'apiserver-full' : profileOfRoleName(name);
  return most === undefined || !covers(profileOf(most).rules, role.rules ?? []);
}

/**
 * Plans to restore deleted roles to which a binding refers. Another client may create such a binding after the last list of bindings and
 * before the delete, and a delete cannot have a precondition on another object. grant checks that the role exists after it wrote the
 * binding, and revoke checks the bindings after the delete. So at least one of them detects the conflict.
 */
export function planRestores(
  changes: readonly Change[],
  { bindings, roleBindings }: FoundForRevoke,
): readonly Change[] {
  return changes.flatMap(({ kind, name, action, object }): readonly Change[] => {
    const referrer = [...bindings, ...roleBindings].find((each) => refersTo(each, name));
    if (kind !== 'ClusterRole' || action !== 'delete' || !referrer) return [];
    const differences = [`+ ClusterRole ${name}: ${bindingTitle(referrer)} refers to it since`];
    return [{ kind, name, object, action: 'create', differences }];
  });
}
