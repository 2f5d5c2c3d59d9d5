import { Failure } from '../../errors.ts';
import type { ClusterRole, ClusterRoleBinding } from '../../objects.ts';
import type { Change, FoundWithBindings } from '../../rbac/change.ts';
import type { Pair } from '../../rbac/pair.ts';
import { keeperOf } from '../pair/grant-records.ts';
import type { GrantOptions } from './options.ts';
import { planBinding } from './plan-binding.ts';
import { planRole } from './plan-role.ts';

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
