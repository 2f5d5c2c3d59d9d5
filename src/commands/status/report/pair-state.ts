import { foundIn } from '../../../known.ts';
import type { RbacSubject } from '../../../objects.ts';
import type { FoundPair, PairNames } from '../../../rbac/pair.ts';
import type { Profile } from '../../../rbac/profiles.ts';
import { isExpired, recordOf, recordsOf } from '../../../rbac/records.ts';
import { formatRule, missingRules } from '../../../rbac/rules.ts';
import { formatSubject, hasSubject } from '../../../rbac/subject.ts';
import type { Facts } from '../facts.ts';

/** An object of the pair and its state. drifted: it exists and lacks something. unknown: it could not be read. */
export type NamedState = Omit<ObjectState, 'state'> & {
  readonly name: string;
  readonly state: ObjectState['state'] | 'unknown';
};

/** The ClusterRole and the ClusterRoleBinding that gives it. */
export interface PairReport {
  /** The name of the profile that was checked. */
  readonly profile: string;
  /** `user:Kubernetes`; empty if unknown. */
  readonly subject: string;
  readonly clusterRole: NamedState;
  readonly clusterRoleBinding: NamedState;
  /** Other bindings that allow the subject the same; the empty name is the group system:masters. */
  readonly alsoBy: readonly string[];
}

export function pairOf({ pair, wanted, clientPermissions, now }: Facts): PairReport {
  const { profile, names, subject } = wanted;
  const unknown = { state: 'unknown', lacks: [] } as const;
  const bindings = clientPermissions.map(({ review }) => {
    const reviewed = foundIn(review);
    return reviewed?.allowed ? reviewed.binding : names.binding;
  });
  return {
    profile: profile.name,
    subject: subject ? formatSubject(subject) : '',
    clusterRole: { name: names.role, ...(pair ? roleState(pair, profile) : unknown) },
    clusterRoleBinding: {
      name: names.binding,
      ...(pair ? bindingState(pair, names, subject, now) : unknown),
    },
    // Bindings that grant only part of it are no other way to have it.
    alsoBy: bindings.includes(names.binding) ? [] : [...new Set(bindings)],
  };
}

export function isIntact({ clusterRole, clusterRoleBinding }: PairReport): boolean {
  return clusterRole.state === 'present' && clusterRoleBinding.state === 'present';
}

/** The state of an object of the pair; `lacks` lists missing rules or subjects, in RBAC words. */
interface ObjectState {
  readonly state: 'present' | 'absent' | 'drifted' | 'expired';
  /** In RBAC words; empty unless drifted. */
  readonly lacks: readonly string[];
  /**
   * When the access expires; absent if never.
   * @format date-time
   */
  readonly expires?: string;
  /** Whether the record of when it expires cannot be parsed; absent if it can. */
  readonly isExpiryUnreadable?: true;
}

/** Extra rules do not count against a role. The cluster's own role need only exist. */
function roleState({ role }: FoundPair, { ownRole, rules }: Profile): ObjectState {
  if (!role) return { state: 'absent', lacks: [] };
  return stateOf(
    missingRules(role.rules ?? [], ownRole === undefined ? rules : []).map(formatRule),
  );
}

/** Extra subjects do not count against a binding; without a subject, any will do. `now` is in ms. */
function bindingState(
  { binding }: FoundPair,
  names: PairNames,
  subject: RbacSubject | undefined,
  now: number,
): ObjectState {
  if (!binding) return { state: 'absent', lacks: [] };
  const { kind, name } = binding.roleRef;
  if (kind !== 'ClusterRole' || name !== names.role)
    return stateOf([`role ${names.role} (it refers to ${kind} ${name})`]);
  const subjects = binding.subjects ?? [];
  if (subject === undefined) return stateOf(subjects.length === 0 ? ['a subject'] : []);
  if (!hasSubject(subjects, subject)) {
    const others = subjects.map(formatSubject).join(', ');
    return stateOf([`subject ${formatSubject(subject)}${others && ` (it has ${others})`}`]);
  }
  const records = recordsOf(binding);
  if (records.isUnreadable) return { state: 'present', lacks: [], isExpiryUnreadable: true };
  const expires = recordOf(records, subject)?.expires;
  if (expires === undefined) return stateOf([]);
  return { state: isExpired(expires, now) ? 'expired' : 'present', lacks: [], expires };
}

function stateOf(lacks: readonly string[]): ObjectState {
  return { state: lacks.length > 0 ? 'drifted' : 'present', lacks };
}
