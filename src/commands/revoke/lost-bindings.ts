import type { ClusterRole, ClusterRoleBinding } from '../../objects.ts';
import type { Change } from '../../rbac/change.ts';
import { nameOf, type RbacObjects } from '../../rbac/rbac-objects.ts';
import {
  type Recreation,
  recreationKey,
  recreationsOf,
  withoutRecreation,
  withRecreation,
} from '../../rbac/recreation-record.ts';
import { formatSubject, hasSubject } from '../../rbac/subject.ts';
import { summarize } from '../../text/list.ts';

/** Bindings that a grant --recreate that was killed deleted, by name: the next grant creates them again from the record in their role. */
export type LostBindings = ReadonlyMap<string, Recreation>;

/** How many subjects are listed. */
const mostListed = 5;

export function lostBindings({ clusterRoles, clusterRoleBindings }: RbacObjects): LostBindings {
  const there = new Set(clusterRoleBindings.map(nameOf));
  return new Map(
    clusterRoles.flatMap((role) => {
      const recreations = recreationsOf(role);
      if (recreations === 'unreadable') return [];
      return [...recreations].filter(([name]) => !there.has(name));
    }),
  );
}

/** The changes, planned as if lost bindings were there, as changes of the roles in which they are recorded. */
export function inRecords(
  changes: readonly Change[],
  lost: LostBindings,
  { clusterRoles }: RbacObjects,
): readonly Change[] {
  const isOfLost = ({ kind, name }: Change) => kind === 'ClusterRoleBinding' && lost.has(name);
  const all = changes.filter((change) => !isOfLost(change)).map(sayUnreadable);
  for (const change of changes) {
    const recreation = isOfLost(change) && change.action !== 'none' && lost.get(change.name);
    if (!recreation) continue;
    const roleName = recreation.binding.roleRef.name;
    const index = all.findIndex(({ kind, name }) => kind === 'ClusterRole' && name === roleName);
    const role = clusterRoles.find((each) => nameOf(each) === roleName);
    if (!role) continue;
    const changed = withoutLost(all[index], role, recreation, change);
    if (index < 0) all.push(changed);
    else all[index] = changed;
  }
  return all;
}

function withoutLost(
  found: Change | undefined,
  role: ClusterRole,
  recreation: Recreation,
  { name, action, object }: Change,
): Change {
  const kept = action === 'update' ? (object as ClusterRoleBinding) : undefined;
  const gone = (recreation.binding.subjects ?? [])
    .filter((subject) => !hasSubject(kept?.subjects ?? [], subject))
    .map(formatSubject);
  const differences = [
    ...(found?.differences ?? []),
    `- ${summarize(gone, mostListed)} in the record of ClusterRoleBinding ${name}, whose recreation was interrupted at ${recreation.at}`,
  ];
  if (found?.action === 'delete') return { ...found, differences };
  const before = found?.action === 'update' ? (found.object as ClusterRole) : role;
  const recreations = recreationsOf(before);
  const after =
    kept && recreations !== 'unreadable'
      ? withRecreation(before, recreations, { ...recreation, binding: kept })
      : withoutRecreation(before, name);
  const target = { kind: 'ClusterRole', name: nameOf(role) } as const;
  return { ...target, ...found, action: 'update', object: after, differences };
}

/** A record that is deleted with its role, and that nobody could read. */
function sayUnreadable(change: Change): Change {
  const { kind, action, object, differences } = change;
  if (kind !== 'ClusterRole' || action !== 'delete') return change;
  if (recreationsOf(object as ClusterRole) !== 'unreadable') return change;
  const text = object.metadata.annotations?.[recreationKey];
  return {
    ...change,
    differences: [...differences, `- annotation ${recreationKey}, which cannot be parsed: ${text}`],
  };
}
