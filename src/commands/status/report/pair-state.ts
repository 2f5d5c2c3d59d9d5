import { foundIn } from '../../../known.ts';
import type { RbacSubject } from '../../../objects.ts';
import type { FoundPair } from '../../../rbac/change.ts';
import { expiryOf, isExpired, ownSubjects } from '../../../rbac/grant.ts';
import type { PairNames } from '../../../rbac/names.ts';
import type { Profile } from '../../../rbac/profiles.ts';
import { formatRule, missingRules } from '../../../rbac/rules.ts';
import { formatSubject, hasSubject } from '../../../rbac/subject.ts';
import { summarize } from '../../../text/list.ts';
import type { Facts } from '../facts.ts';

/**
 * The ClusterRole or ClusterRoleBinding, and its state. drifted: the object exists but lacks something. unknown: the object could not be
 * read.
 */
export type NamedState = Omit<ObjectState, 'state'> & {
  readonly name: string;
  readonly state: ObjectState['state'] | 'unknown';
};

/** The ClusterRole and its ClusterRoleBinding. */
export interface PairReport {
  /** Name of the profile that was checked. */
  readonly profile: string;
  /** Subject of the ClusterRoleBinding, such as `user:Kubernetes`; empty if unknown. */
  readonly subject: string;
  readonly roleStatus: NamedState;
  readonly bindingStatus: NamedState;
  /** Other bindings that give the subject the same access. An empty name stands for the group system:masters. */
  readonly otherBindings: readonly string[];
}

export function pairOf({ pair, wanted, clientPermissions, now }: Facts): PairReport {
  const { profile, names, subject } = wanted;
  const unknown = { state: 'unknown', missing: [] } as const;
  const bindings = clientPermissions.map(({ review }) => {
    const reviewed = foundIn(review);
    return reviewed?.allowed ? reviewed.binding : names.binding;
  });
  return {
    profile: profile.name,
    subject: subject ? formatSubject(subject) : '',
    roleStatus: { name: names.role, ...(pair ? roleState(pair, profile) : unknown) },
    bindingStatus: {
      name: names.binding,
      ...(pair ? bindingState(pair, names, subject, now) : unknown),
    },
    // Lists no other bindings if the checked ClusterRoleBinding gives one of the permissions: other bindings then do not give all
    // permissions.
    otherBindings: bindings.includes(names.binding) ? [] : [...new Set(bindings)],
  };
}

export function isIntact({
  roleStatus: clusterRole,
  bindingStatus: clusterRoleBinding,
}: PairReport): boolean {
  return clusterRole.state === 'present' && clusterRoleBinding.state === 'present';
}

/** State of the ClusterRole or ClusterRoleBinding. */
interface ObjectState {
  readonly state: 'present' | 'absent' | 'drifted' | 'expired';
  /** Missing rules or subjects, in RBAC words; empty unless drifted. */
  readonly missing: readonly string[];
  /**
   * When the access expires; absent if it never expires.
   * @format date-time
   */
  readonly expires?: string;
}

/** Returns the state of a role, which may have additional rules. If the profile uses a role of the cluster, the role only has to exist. */
function roleState({ role }: FoundPair, { ownRole, rules }: Profile): ObjectState {
  if (!role) return { state: 'absent', missing: [] };
  const held = role.rules ?? [];
  const missing = missingRules(held, ownRole === undefined ? rules : []);
  const nodes = [...new Set(held.flatMap(({ resourceNames = [] }) => resourceNames))].sort();
  const onAnyNode = held.map(({ resourceNames: _, ...rule }) => rule);
  const isLimited =
    missing.some(({ resourceNames }) => !resourceNames) &&
    missingRules(onAnyNode, missing).length === 0;
  return stateOf(isLimited ? [`nodes other than ${summarize(nodes, 3)}`] : missing.map(formatRule));
}

/**
 * Returns the state of a binding, which may have additional subjects. If `subject` is undefined, any subject is enough. `now` is in ms
 * since 1970.
 */
function bindingState(
  { binding }: FoundPair,
  names: PairNames,
  subject: RbacSubject | undefined,
  now: number,
): ObjectState {
  if (!binding) return { state: 'absent', missing: [] };
  const { kind, name } = binding.roleRef;
  if (kind !== 'ClusterRole' || name !== names.role)
    return stateOf([`role ${names.role} (it refers to ${kind} ${name})`]);
  const subjects = binding.subjects ?? [];
  if (subject === undefined) return stateOf(subjects.length === 0 ? ['a subject'] : []);
  if (!hasSubject(subjects, subject)) {
    const others = subjects.map(formatSubject).join(', ');
    return stateOf([`subject ${formatSubject(subject)}${others && ` (it has ${others})`}`]);
  }
  const expires = hasSubject(ownSubjects(binding), subject) ? expiryOf(binding) : undefined;
  if (expires === undefined) return stateOf([]);
  return { state: isExpired(expires, now) ? 'expired' : 'present', missing: [], expires };
}

function stateOf(lacks: readonly string[]): ObjectState {
  return { state: lacks.length > 0 ? 'drifted' : 'present', missing: lacks };
}
