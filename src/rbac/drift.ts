import type { RbacSubject } from '../objects.ts';
import { type FoundPair, knownNames } from './pair.ts';
import { apiserverRules } from './profiles.ts';
import { formatRule, missingRules } from './rules.ts';
import { formatSubject, hasSubject } from './subject.ts';

/** Whether an object of the pair is as it should be; `lacks` says how not, in RBAC words. */
export interface ObjectState {
  readonly state: 'present' | 'absent' | 'drifted';
  readonly lacks: readonly string[];
}

/** Extra rules do not count against a role. */
export function roleState({ role }: FoundPair): ObjectState {
  if (!role) return { state: 'absent', lacks: [] };
  return stateOf(missingRules(role.rules ?? [], apiserverRules).map(formatRule));
}

/** Extra subjects do not count against a binding; without a subject, any will do. */
export function bindingState(
  { binding }: FoundPair,
  subject: RbacSubject | undefined,
): ObjectState {
  if (!binding) return { state: 'absent', lacks: [] };
  const { kind, name } = binding.roleRef;
  if (kind !== 'ClusterRole' || name !== knownNames.role)
    return stateOf([`${knownNames.role}: it gives ${kind} ${name}`]);
  const subjects = binding.subjects ?? [];
  if (subject === undefined) return stateOf(subjects.length === 0 ? ['a subject'] : []);
  if (hasSubject(subjects, subject)) return stateOf([]);
  const others = subjects.map(formatSubject).join(', ');
  return stateOf([`subject ${formatSubject(subject)}${others && ` (it has ${others})`}`]);
}

function stateOf(lacks: readonly string[]): ObjectState {
  return { state: lacks.length > 0 ? 'drifted' : 'present', lacks };
}
