import { Failure } from '../errors.ts';
import type {
  ClusterRole,
  ClusterRoleBinding,
  PolicyRule,
  RbacSubject,
  RoleBinding,
} from '../objects.ts';
import { isOurs, recordedSubjects, subjectsAnnotation } from './ownership.ts';
import { apiserverRules, type FoundPair, type Pair } from './pair.ts';
import { covers, formatRule, missingRules } from './rules.ts';
import { formatSubject, sameSubject } from './subject.ts';

export type PairKind = 'ClusterRole' | 'ClusterRoleBinding';

/** One object of a pair and what is to become of it. */
export type Change = {
  readonly kind: PairKind;
  readonly name: string;
  /** In RBAC words: `+ nodes/log *`, `- subject user:kubernetes`. Also, why something stays. */
  readonly differences: readonly string[];
} & (
  | {
      readonly action: 'create' | 'update' | 'delete';
      readonly object: ClusterRole | ClusterRoleBinding;
    }
  | { readonly action: 'none'; readonly object?: ClusterRole | ClusterRoleBinding | undefined }
);

/** A pair that is there, and what else points at its role. */
export interface FoundWithBindings extends FoundPair {
  /** Every binding of the cluster, of either kind. */
  readonly bindings: readonly (ClusterRoleBinding | RoleBinding)[];
}

/** What it takes for the wanted pair to be in force. Extra rules and other subjects stay. */
export function planGrant(wanted: Pair, found: FoundWithBindings): readonly Change[] {
  return [planRole(wanted, found), planBinding(wanted.binding, found.binding)];
}

function planRole(wanted: Pair, found: FoundWithBindings): Change {
  const { role } = found;
  const rules = wanted.role.rules ?? [];
  const name = wanted.role.metadata?.name ?? '';
  const target = { kind: 'ClusterRole' as const, name };
  const plus = (list: readonly PolicyRule[]) => list.map((rule) => `+ ${formatRule(rule)}`);
  if (!role) return { ...target, action: 'create', object: wanted.role, differences: plus(rules) };
  const missing = missingRules(role.rules ?? [], rules);
  if (missing.length === 0) return { ...target, action: 'none', object: role, differences: [] };
  const lacks = `ClusterRole ${name} lacks ${missing.map(formatRule).join(', ')}`;
  if (role.aggregationRule)
    throw new Failure(`${lacks}, and is made by aggregation, so that it cannot be repaired`);
  const others = [
    ...referrers(found, name)
      .filter((binding) => !isSame(binding, found.binding))
      .map((binding) => `${bindingTitle(binding)} refers to it`),
    ...strangers(wanted, found).map(
      (subject) => `subject ${formatSubject(subject)} has it, and was not put there by grant`,
    ),
  ];
  if (others.length > 0)
    throw new Failure(`${lacks}, and adding that would give it to others as well`, {
      details: others,
      hints: ['let those have another role, or remove them'],
    });
  const object = { ...role, rules: [...(role.rules ?? []), ...missing] };
  return { ...target, action: 'update', object, differences: plus(missing) };
}

/** Who else would get what is added to the role, by the pair's own binding. */
function strangers(wanted: Pair, { binding }: FoundPair): readonly RbacSubject[] {
  const known = [...(wanted.binding.subjects ?? []), ...(binding ? recordedSubjects(binding) : [])];
  return (binding?.subjects ?? []).filter(
    (subject) => !known.some((ours) => sameSubject(ours, subject)),
  );
}

function planBinding(wanted: ClusterRoleBinding, found: ClusterRoleBinding | undefined): Change {
  const target = { kind: 'ClusterRoleBinding' as const, name: wanted.metadata?.name ?? '' };
  const subjects = wanted.subjects ?? [];
  const plus = (list: readonly RbacSubject[]) =>
    list.map((subject) => `+ subject ${formatSubject(subject)}`);
  if (!found) return { ...target, action: 'create', object: wanted, differences: plus(subjects) };
  if (found.roleRef.kind !== wanted.roleRef.kind || found.roleRef.name !== wanted.roleRef.name)
    throw new Failure(
      `ClusterRoleBinding ${target.name} gives ${found.roleRef.kind} ${found.roleRef.name}, not ${wanted.roleRef.name}, and that cannot be changed`,
      { hints: [`if nothing needs it: kubectl delete clusterrolebinding ${target.name}`] },
    );
  const missing = subjects.filter(
    (subject) => !found.subjects?.some((other) => sameSubject(other, subject)),
  );
  if (missing.length === 0) return { ...target, action: 'none', object: found, differences: [] };
  const object: ClusterRoleBinding = {
    ...found,
    metadata: {
      ...found.metadata,
      annotations: {
        ...found.metadata?.annotations,
        ...subjectsAnnotation([...recordedSubjects(found), ...missing]),
      },
    },
    subjects: [...(found.subjects ?? []), ...missing],
  };
  return { ...target, action: 'update', object, differences: plus(missing) };
}

/** What it takes to take back what grant made, and nothing else: binding first, so that no binding ever dangles. */
export function planRevoke(
  names: { readonly role: string; readonly binding: string },
  found: FoundWithBindings,
): readonly Change[] {
  const binding = planUnbind(names.binding, found.binding);
  return [binding, planRoleRemoval(names.role, found, binding.action === 'delete')];
}

function planUnbind(name: string, found: ClusterRoleBinding | undefined): Change {
  const target = { kind: 'ClusterRoleBinding' as const, name };
  if (!found) return { ...target, action: 'none', differences: [] };
  const ours = recordedSubjects(found);
  const leaving = (found.subjects ?? []).filter((subject) =>
    ours.some((own) => sameSubject(own, subject)),
  );
  const staying = (found.subjects ?? []).filter((subject) => !leaving.includes(subject));
  if (!isOurs(found) && leaving.length === 0)
    throw new Failure(
      `ClusterRoleBinding ${name} was not made by kubectl-kubeletaccess, so it is not touched`,
      {
        hints: [`to remove it all the same: kubectl delete clusterrolebinding ${name}`],
      },
    );
  const differences = leaving.map((subject) => `- subject ${formatSubject(subject)}`);
  if (staying.length === 0 && isOurs(found))
    return { ...target, action: 'delete', object: found, differences };
  const others = staying.map(
    (subject) => `subject ${formatSubject(subject)} stays: it was not put there by grant`,
  );
  if (leaving.length === 0)
    return { ...target, action: 'none', object: found, differences: others };
  const object: ClusterRoleBinding = {
    ...found,
    metadata: {
      ...found.metadata,
      annotations: { ...found.metadata?.annotations, ...subjectsAnnotation([]) },
    },
    subjects: staying,
  };
  return { ...target, action: 'update', object, differences: [...differences, ...others] };
}

function planRoleRemoval(name: string, found: FoundWithBindings, bindingGoes: boolean): Change {
  const target = { kind: 'ClusterRole' as const, name };
  const role = found.role;
  if (!role) return { ...target, action: 'none', differences: [] };
  const stays = (why: string): Change => ({
    ...target,
    action: 'none',
    object: role,
    differences: [`ClusterRole ${name} stays: ${why}`],
  });
  if (!isOurs(role)) return stays('it was not made by kubectl-kubeletaccess');
  if (!covers(apiserverRules, role.rules ?? [])) return stays('somebody added rules to it');
  const others = referrers(found, name).filter(
    (binding) => !(bindingGoes && isSame(binding, found.binding)),
  );
  if (others.length > 0) return stays(`${others.map(bindingTitle).join(', ')} refers to it`);
  return {
    ...target,
    action: 'delete',
    object: role,
    differences: (role.rules ?? []).map((rule) => `- ${formatRule(rule)}`),
  };
}

function referrers(found: FoundWithBindings, roleName: string) {
  return found.bindings.filter(
    ({ roleRef }) => roleRef.kind === 'ClusterRole' && roleRef.name === roleName,
  );
}

function isSame(binding: ClusterRoleBinding | RoleBinding, other: ClusterRoleBinding | undefined) {
  const { name, namespace } = binding.metadata ?? {};
  return namespace === undefined && name === other?.metadata?.name;
}

function bindingTitle(binding: ClusterRoleBinding | RoleBinding): string {
  const { name = '', namespace } = binding.metadata ?? {};
  return namespace === undefined
    ? `ClusterRoleBinding ${name}`
    : `RoleBinding ${namespace}/${name}`;
}
