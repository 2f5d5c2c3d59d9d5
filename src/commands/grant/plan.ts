import { Failure } from '../../errors.ts';
import type { ClusterRole, ClusterRoleBinding } from '../../objects.ts';
import type { Change, FoundWithBindings } from '../../rbac/change.ts';
import type { Pair } from '../../rbac/pair.ts';
import { lackedBy, replacedBy } from '../../rbac/stand-in.ts';
import { formatSubject } from '../../rbac/subject.ts';
import { summarize } from '../../text/list.ts';
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
  const { standIn } = found;
  const binding =
    standIn && !found.binding
      ? planReplacement(wanted, standIn, options)
      : planBinding(wanted, found.binding, options);
  const role = planRole(wanted, found, binding, options);
  for (const [change, object] of [
    [role, found.role],
    [binding, found.binding],
  ] as const)
    if (change.action !== 'none' && object) checkManager(change, object, options);
  const removal = standIn ? planRemoval(standIn, binding) : [];
  // A recreation makes one of its own.
  return binding.action === 'recreate' ? [role, ...removal, binding] : [role, binding, ...removal];
}

/** What an interrupted recreation was to create, and the subject of the pair. */
function planReplacement(wanted: Pair, standIn: ClusterRoleBinding, options: GrantOptions): Change {
  const replaced = replacedBy(standIn);
  const isSameRole = replaced?.roleRef.name === wanted.names.role;
  const change = planBinding(wanted, isSameRole ? replaced : undefined, options);
  const { object } = change;
  if (!isSameRole || !object || !('roleRef' in object)) return change;
  const { subjects = [] } = object;
  return {
    ...{ kind: change.kind, name: change.name, notes: change.notes ?? [] },
    ...{ action: 'create', object, added: { subjects } },
    differences: subjects.map((each) => `+ subject ${formatSubject(each)}`),
  };
}

/** Of a stand-in that was left: nobody may lose access with it. */
function planRemoval(standIn: ClusterRoleBinding, binding: Change): readonly Change[] {
  const { name = '' } = standIn.metadata;
  const target = { kind: 'ClusterRoleBinding', name, object: standIn } as const;
  const { object } = binding;
  const lacking = object && 'roleRef' in object ? lackedBy(object, standIn) : [];
  if (lacking.length > 0) {
    const why = `${binding.name} does not give ${standIn.roleRef.name} to ${summarize(lacking, 3)}`;
    const note = `ClusterRoleBinding ${name} kept: ${why}`;
    return [{ ...target, action: 'none', differences: [], notes: [note] }];
  }
  const left = `- ClusterRoleBinding ${name}, left by a recreation that was interrupted`;
  return [{ ...target, action: 'delete', differences: [left] }];
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
