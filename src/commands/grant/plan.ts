import { Failure } from '../../errors.ts';
import { isOurs } from '../../rbac/annotations.ts';
import type { Change, FoundWithBindings } from '../../rbac/change.ts';
import type { FoundPair, Pair } from '../../rbac/pair.ts';
import { type Recreation, recreationKey, recreationsOf } from '../../rbac/recreation-record.ts';
import { command } from '../../text/command.ts';
import { checkManager, managerOf } from '../shared/pair/grant-records.ts';
import type { GrantOptions } from './options.ts';
import { planBinding, planRestoration } from './plan-binding.ts';
import { planRole } from './plan-role.ts';

/** The changes that make the wanted pair effective, and no more than the user agreed to. */
export function planGrant(
  wanted: Pair,
  found: FoundWithBindings,
  options: GrantOptions,
): readonly Change[] {
  const lost = lostBinding(wanted, found);
  const binding = lost
    ? planRestoration(wanted, lost, options)
    : planBinding(wanted, found.binding, options, recordIn(wanted, found));
  const role = planRole(wanted, found, binding, options);
  for (const [change, object] of [
    [role, found.role],
    [binding, found.binding],
  ] as const)
    if (change.action !== 'none' && object)
      checkManager(change.kind, object, options.force, change.differences);
  return [role, binding];
}

/** What a grant --recreate that was killed has left of the binding: its record in the role. */
export function lostBinding({ names }: Pair, { role, binding }: FoundPair): Recreation | undefined {
  if (binding?.roleRef.name === names.role) return undefined;
  const recreations = recreationsOf(role);
  if (recreations === 'unreadable')
    throw new Failure(
      `cannot parse annotation ${recreationKey} of ClusterRole ${names.role}, and whose access ClusterRoleBinding ${names.binding} gave is unknown`,
      {
        hints: [
          command`fix the annotation, or remove it: kubectl annotate clusterrole ${names.role} ${`${recreationKey}-`}`,
        ],
      },
    );
  return binding ? undefined : recreations.get(names.binding);
}

/** The role in which a recreation is recorded: one that others own, or restore, is not annotated. */
function recordIn({ names, role: wanted }: Pair, { role }: FoundPair): string | undefined {
  const isOwn = role ? isOurs(role) && managerOf(role) === undefined : wanted !== undefined;
  return isOwn ? names.role : undefined;
}

/** Whether anyone may do now what they could not before. */
export function isWidening({ added = {} }: Change): boolean {
  return (added.rules ?? []).length > 0 || (added.subjects ?? []).length > 0;
}
