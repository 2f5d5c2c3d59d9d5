import { Failure } from '../../errors.ts';
import type { ClusterRole, ClusterRoleBinding } from '../../objects.ts';
import type { Change, FoundWithBindings } from '../../rbac/change.ts';
import type { Pair } from '../../rbac/pair.ts';
import { managerOf } from '../shared/pair/grant-records.ts';
import type { GrantOptions } from './options.ts';
import { planBinding } from './plan-binding.ts';
import { planRole } from './plan-role.ts';

/** The changes that make the wanted pair effective, and no more than the user agreed to. */
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
    if (change.action !== 'none' && object) checkManager(change, object, options);
  return [role, binding];
}

function checkManager(
  change: Change,
  object: ClusterRole | ClusterRoleBinding,
  { force }: GrantOptions,
): void {
  const manager = managerOf(object);
  if (manager === undefined || force) return;
  throw new Failure(`${change.kind} ${change.name} is managed by ${manager} and would be changed`, {
    details: [...change.differences],
    hints: ['change it there, or re-run with --force to override'],
  });
}

/** Whether anyone may do now what they could not before. */
export function isWidening({ added = {} }: Change): boolean {
  return (added.rules ?? []).length > 0 || (added.subjects ?? []).length > 0;
}
