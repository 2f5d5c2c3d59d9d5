import { Failure } from '../../errors.ts';
import { isFound } from '../../known.ts';
import type {
  AnyBinding,
  ClusterRole,
  ClusterRoleBinding,
  PolicyRule,
  RbacSubject,
} from '../../objects.ts';
import { aggregatorsOf, hasAggregationLabel } from '../../rbac/aggregation.ts';
import {
  bindingTitle,
  type Change,
  type FoundWithBindings,
  otherReferrers,
} from '../../rbac/change.ts';
import { nameOf } from '../../rbac/rbac-objects.ts';
import { formatRules } from '../../rbac/rules.ts';
import { formatSubject, needsForce, neverGranted, sameSubject } from '../../rbac/subject.ts';
import { summarize } from '../../text/list.ts';
import type { GrantTerms } from './options.ts';

const mostListed = 5;

type Agreed = Pick<GrantTerms, 'acceptWider' | 'force'>;

interface Widening {
  readonly role: ClusterRole;
  readonly missing: readonly PolicyRule[];
  readonly subject: RbacSubject;
  readonly found: FoundWithBindings;
}

/**
 * Throws if other subjects would also get the new rules, through other bindings of the role or through roles that aggregate it.
 * --accept-wider allows this, except for subjects that need --force or must never have access.
 */
export function checkOthers(widening: Widening, options: Agreed): void {
  checkOtherBindings(widening, options);
  checkAggregators(widening, options);
}

function checkOtherBindings(widening: Widening, options: Agreed): void {
  const { role, subject, found } = widening;
  const others = otherReferrers(found, nameOf(role), found.binding).filter(
    (binding) => !isOnlyFor(binding, subject),
  );
  const lines = others.flatMap((each) => referenceLines(each));
  checkWidening(widening, lines, options);
  checkClusterBindings(others, '', options);
}

function checkAggregators(widening: Widening, options: Agreed): void {
  const { role, subject, found } = widening;
  const { roles } = found;
  if (!roles) return;
  if (!isFound(roles)) {
    const lines = hasAggregationLabel(role)
      ? ['it has an aggregation label, and clusterroles cannot be listed']
      : [];
    return checkWidening(widening, lines, options);
  }
  const aggregators = aggregatorsOf(role, roles.found).flatMap((aggregator) => {
    const all = otherReferrers(found, nameOf(aggregator), undefined);
    const others = all.filter((binding) => !isOnlyFor(binding, subject));
    return all.length > 0 && others.length === 0 ? [] : [{ name: nameOf(aggregator), others }];
  });
  const lines = aggregators.flatMap(({ name, others }) => [
    `ClusterRole ${name} includes it by aggregation`,
    ...others.slice(0, mostListed).flatMap((each) => referenceLines(each, '  ')),
    ...(others.length > mostListed ? [`  and ${others.length - mostListed} more bindings`] : []),
  ]);
  checkWidening(widening, lines, options);
  for (const { name, others } of aggregators)
    checkClusterBindings(others, ` and ClusterRole ${name}`, options);
}

function checkWidening(
  { role, missing, found }: Widening,
  lines: readonly string[],
  { acceptWider }: Agreed,
): void {
  if (lines.length === 0 || acceptWider) return;
  const rules = formatRules(missing);
  throw new Failure(
    found.role
      ? `adding ${rules} to ClusterRole ${nameOf(role)} would also grant it to other subjects`
      : `creating ClusterRole ${nameOf(role)} would also grant ${rules} to other subjects`,
    {
      details: lines,
      hints: [
        're-run with --accept-wider if they may have it; --role-name NAME creates another role',
      ],
    },
  );
}

/** Ignores RoleBindings: they grant nothing on nodes, which are in no namespace. */
function checkClusterBindings(
  bindings: readonly AnyBinding[],
  and: string,
  { force }: Agreed,
): void {
  for (const binding of bindings)
    if (binding.metadata.namespace === undefined)
      checkBeneficiaries(binding.subjects ?? [], `through ${bindingTitle(binding)}${and}`, force);
}

function isOnlyFor(binding: AnyBinding, subject: RbacSubject): boolean {
  const subjects = binding.subjects ?? [];
  return subjects.length > 0 && subjects.every((each) => sameSubject(each, subject));
}

function referenceLines(binding: AnyBinding, indent = ''): readonly string[] {
  const subjects = (binding.subjects ?? []).map(formatSubject);
  return [
    `${indent}${bindingTitle(binding)} refers to it`,
    ...(subjects.length > 0 ? [`${indent}  with ${summarize(subjects, mostListed)}`] : []),
  ];
}

/** Returns a line for each other subject of the binding that grant writes. Throws if one of these subjects may not have access. */
export function otherBeneficiaries(
  { action, object, name }: Change,
  granted: RbacSubject,
  force: boolean,
): readonly string[] {
  if (action === 'create') return [];
  const others = ((object as ClusterRoleBinding | undefined)?.subjects ?? []).filter(
    (subject) => !sameSubject(subject, granted),
  );
  checkBeneficiaries(others, `through ClusterRoleBinding ${name}`, force);
  return others.map((subject) => `  also for ${formatSubject(subject)}, already in the binding`);
}

function checkBeneficiaries(subjects: readonly RbacSubject[], how: string, force: boolean): void {
  for (const subject of subjects) {
    const problem = `${formatSubject(subject)} would also get access ${how}`;
    const never = neverGranted(subject);
    if (never !== undefined)
      throw new Failure(`${problem}, which is never allowed: ${never}`, {
        hints: ['remove that subject from the binding first'],
      });
    const crowd = force ? undefined : needsForce(subject);
    if (crowd !== undefined)
      throw new Failure(`${problem}: ${crowd}`, { hints: ['re-run with --force to override'] });
  }
}
