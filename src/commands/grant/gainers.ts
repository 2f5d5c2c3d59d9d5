import { Failure } from '../../errors.ts';
import { foundIn, isFound, type Known } from '../../known.ts';
import type { ClusterRole, ClusterRoleBinding, PolicyRule, RbacSubject } from '../../objects.ts';
import { aggregatorsOf, hasAggregationLabel } from '../../rbac/aggregation.ts';
import { bindingTitle, type FoundPair } from '../../rbac/change.ts';
import { nameOf } from '../../rbac/rbac-objects.ts';
import { formatRules } from '../../rbac/rules.ts';
import { formatSubject, hasSubject, neverGranted, sameSubject } from '../../rbac/subject.ts';
import { summarize } from '../../text/list.ts';

export interface FoundForGrant extends FoundPair {
  /** All ClusterRoleBindings. Read only if the rules of the role change. */
  readonly bindings?: Known<readonly ClusterRoleBinding[]>;
  /** All ClusterRoles. Read only if the rules of the role change. */
  readonly roles?: Known<readonly ClusterRole[]>;
  /** Bindings that give the subject this access already, without an expiry. An empty name stands for group system:masters. */
  readonly givers?: readonly string[] | undefined;
  /** The caller, as a subject; undefined if unknown. Read only if the binding changes. */
  readonly grantedBy?: string | undefined;
}

const mostListed = 5;

/**
 * Returns lines about who else would get the new rules of a role, and notes on what could not be checked: other subjects of its bindings, and of bindings to roles that aggregate it. RoleBindings
 * do not count, because nodes are in no namespace. Throws without --force, and always for subjects that must never have access.
 */
export function checkGainers(
  role: ClusterRole,
  missing: readonly PolicyRule[],
  subject: RbacSubject,
  found: FoundForGrant,
  force: boolean,
): { readonly gainers: readonly string[]; readonly notes: readonly string[] } {
  const name = nameOf(role);
  if (missing.length === 0) return { gainers: [], notes: [] };
  const bindings = foundIn(found.bindings) ?? (found.binding ? [found.binding] : []);
  const roles = foundIn(found.roles);
  const holders = holdersOf(name, bindings, subject);
  const aggregators = aggregatorsOf(role, roles ?? []).map((each) => ({
    name: nameOf(each),
    holders: holdersOf(nameOf(each), bindings, subject),
  }));
  for (const { others, title } of [holders, aggregators.flatMap((each) => each.holders)].flat())
    for (const other of others) checkAllowed(other, title);
  const gainers = [
    ...listedLines(holders),
    ...aggregators.flatMap((each) => [
      `  also for ClusterRole ${each.name}, which includes it by aggregation`,
      ...listedLines(each.holders),
    ]),
    ...(roles === undefined && hasAggregationLabel(role)
      ? ['  it has an aggregation label, and clusterroles cannot be listed']
      : []),
  ];
  if (gainers.length > 0 && !force)
    throw new Failure(
      found.role
        ? `adding ${formatRules(missing)} to ClusterRole ${name} would also grant it to others`
        : `creating ClusterRole ${name} would also grant ${formatRules(missing)} to others`,
      {
        details: gainers.map((line) => line.trim()),
        hints: ['re-run with --force if they may have it'],
      },
    );
  return { gainers, notes: uncheckedNotes(name, found) };
}

/** Whether a binding already gives the subject a role. */
export function holdsRole(
  binding: ClusterRoleBinding | undefined,
  roleName: string,
  subject: RbacSubject,
): boolean {
  return binding?.roleRef.name === roleName && hasSubject(binding.subjects ?? [], subject);
}

interface Holder {
  readonly title: string;
  readonly others: readonly RbacSubject[];
}

/** Returns the bindings to a role with subjects other than `subject`. */
function holdersOf(
  roleName: string,
  bindings: readonly ClusterRoleBinding[],
  subject: RbacSubject,
): readonly Holder[] {
  return bindings.flatMap((binding) => {
    const { roleRef, subjects = [] } = binding;
    const others = subjects.filter((each) => !sameSubject(each, subject));
    const isHolder =
      roleRef.kind === 'ClusterRole' && roleRef.name === roleName && others.length > 0;
    return isHolder ? { title: bindingTitle(binding), others } : [];
  });
}

function listedLines(holders: readonly Holder[]): readonly string[] {
  const rest = holders.length - mostListed;
  return [
    ...holders
      .slice(0, mostListed)
      .map(
        ({ title, others }) =>
          `  also for ${summarize(others.map(formatSubject), mostListed)}, through ${title}`,
      ),
    ...(rest > 0 ? [`  and through ${rest} more bindings`] : []),
  ];
}

function checkAllowed(subject: RbacSubject, title: string): void {
  const never = neverGranted(subject);
  if (never === undefined) return;
  throw new Failure(
    `${formatSubject(subject)} would also get access through ${title}, which is never allowed: ${never}`,
    { hints: ['remove that subject from the binding first'] },
  );
}

function uncheckedNotes(name: string, { bindings, roles }: FoundForGrant): readonly string[] {
  return [
    bindings && !isFound(bindings)
      ? `cannot check whether other bindings already refer to ClusterRole ${name} and would grant it to others: ${bindings.unknown}`
      : [],
    roles && !isFound(roles)
      ? `cannot check whether ClusterRole ${name} is aggregated into others and would be granted through them: ${roles.unknown}`
      : [],
  ].flat();
}
