import type { RbacSubject } from '../../../objects.ts';
import type { FoundPair, PairNames } from '../../../rbac/pair.ts';
import type { Profile } from '../../../rbac/profiles.ts';
import { isExpired, recordOf, recordsOf } from '../../../rbac/records.ts';
import { formatRule, missingRules } from '../../../rbac/rules.ts';
import { formatSubject, hasSubject } from '../../../rbac/subject.ts';

/** The state of an object of the pair; `lacks` names what is missing, in RBAC words. */
export interface ObjectState {
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
export function roleState({ role }: FoundPair, { ownRole, rules }: Profile): ObjectState {
  if (!role) return { state: 'absent', lacks: [] };
  return stateOf(
    missingRules(role.rules ?? [], ownRole === undefined ? rules : []).map(formatRule),
  );
}

/** Extra subjects do not count against a binding; without a subject, any will do. `now` is in ms. */
export function bindingState(
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
