import { Failure } from '../errors.ts';
import type { ClusterRole, ClusterRoleBinding } from '../objects.ts';
import type { Change, FoundWithBindings } from './change.ts';

import type { Pair } from './pair.ts';
import { planBinding } from './plan-binding.ts';
import { planRole } from './plan-role.ts';
import { keeperOf } from './records.ts';

/** What the user agreed to. */
export interface GrantOptions {
  /** Leave the profile's rules, and of subjects only those of ours. */
  readonly prune: boolean;
  /** Give a role that holds more than the profile, or widen it for others as well. */
  readonly acceptWider: boolean;
  /** Delete a binding of another role and make it anew. */
  readonly recreate: boolean;
  /** … though it has other subjects, who move along. */
  readonly allSubjects: boolean;
  /** Write to what somebody else manages. */
  readonly force: boolean;
  /** Until when, in ISO 8601. */
  readonly expires: string | undefined;
  /** Make a grant that expires one that does not. */
  readonly permanent: boolean;
  /** In ms since 1970. */
  readonly now: number;
}

/** What it takes for the wanted pair to be in force, and no more than was agreed to. */
export function planGrant(
  wanted: Pair,
  found: FoundWithBindings,
  options: GrantOptions,
): readonly Change[] {
  const binding = planBinding(wanted, found.binding, options);
  const role = planRole(wanted, found, binding, options);
  for (const [change, object] of [
    [role, found.role],
    [binding, found.binding],
  ] as const)
    if (change.action !== 'none' && object) checkOwner(change, object, options);
  return [role, binding];
}

function checkOwner(
  change: Change,
  object: ClusterRole | ClusterRoleBinding,
  { force }: GrantOptions,
): void {
  const owner = keeperOf(object);
  if (owner === undefined || force) return;
  throw new Failure(`${change.kind} ${change.name} is managed by ${owner}, and would be changed`, {
    details: [...change.differences],
    hints: ['change it there; or, if that is how you want it: the same with --force'],
  });
}
