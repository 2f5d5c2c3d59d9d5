import type { RbacSubject } from '../../objects.ts';
import type { Change, FoundWithBindings } from '../../rbac/change.ts';
import { withGranter } from '../../rbac/grant-record.ts';
import type { Pair } from '../../rbac/pair.ts';
import { checkManager } from '../shared/pair/recorded-grants.ts';
import type { GrantTerms } from './options.ts';
import { planBinding } from './plan-binding.ts';
import { planRole } from './plan-role.ts';

/** Plans the changes of the role and the binding. Throws if a change needs an option that the user did not give. */
export function planGrant(
  wanted: Pair,
  found: FoundWithBindings,
  options: GrantTerms,
): readonly Change[] {
  const binding = planBinding(wanted, found.binding, options);
  const role = planRole(wanted, found, binding, options);
  for (const [change, object] of [
    [role, found.role],
    [binding, found.binding],
  ] as const)
    if (change.action !== 'none' && object)
      checkManager(change.kind, object, options.force, change.differences);
  return [role, binding];
}

export function withGranterOf(
  change: Change,
  subject: RbacSubject,
  by: string | undefined,
): Change {
  if (change.action === 'none' || !change.isRecorded || !('roleRef' in change.object))
    return change;
  return { ...change, object: withGranter(change.object, subject, by) };
}

export function isWidening({ added = {} }: Change): boolean {
  return (added.rules ?? []).length > 0 || (added.subjects ?? []).length > 0;
}
