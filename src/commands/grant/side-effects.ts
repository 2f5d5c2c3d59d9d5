import { Failure } from '../../errors.ts';
import type { ClusterRoleBinding, PolicyRule, RbacSubject } from '../../objects.ts';
import {
  bindingTitle,
  type Change,
  type FoundWithBindings,
  otherReferrers,
} from '../../rbac/change.ts';
import { formatRule } from '../../rbac/rules.ts';
import { formatSubject, hasSubject, needsForce, neverGranted } from '../../rbac/subject.ts';
import { summarize } from '../../text/list.ts';

/** How many subjects of a binding are listed. */
const mostListed = 5;

/** Denies rules that are new to a role to the other bindings that refer to it, unless the user accepts that. */
export function checkOtherBindings(
  roleName: string,
  missing: readonly PolicyRule[],
  found: FoundWithBindings,
  { acceptWider, force }: { readonly acceptWider: boolean; readonly force: boolean },
): void {
  const others = otherReferrers(found, roleName, found.binding);
  if (others.length === 0) return;
  const rules = missing.map(formatRule).join(', ');
  if (!acceptWider)
    throw new Failure(
      found.role
        ? `adding ${rules} to ClusterRole ${roleName} would also grant it to other subjects`
        : `creating ClusterRole ${roleName} would also grant ${rules} to other subjects`,
      {
        details: others.flatMap((binding) => {
          const subjects = (binding.subjects ?? []).map(formatSubject);
          return [
            `${bindingTitle(binding)} refers to it`,
            ...(subjects.length > 0 ? [`  with ${summarize(subjects, mostListed)}`] : []),
          ];
        }),
        hints: [
          're-run with --accept-wider if they may have it; --role-name NAME creates another role',
        ],
      },
    );
  // A RoleBinding grants nothing outside its namespace, and nodes are in none.
  for (const binding of others)
    if (binding.metadata?.namespace === undefined)
      checkBeneficiaries(binding.subjects ?? [], `through ${bindingTitle(binding)}`, force);
}

/** A difference for each other subject in the pair's own binding, after a check that it may have access at all. */
export function otherBeneficiaries(
  { action, object }: Change,
  wanted: ClusterRoleBinding,
  force: boolean,
): readonly string[] {
  // A recreated binding lists each of its subjects.
  if (action === 'recreate') return [];
  const others = ((object as ClusterRoleBinding | undefined)?.subjects ?? []).filter(
    (subject) => !hasSubject(wanted.subjects ?? [], subject),
  );
  checkBeneficiaries(others, `through ClusterRoleBinding ${wanted.metadata?.name}`, force);
  return others.map((subject) => `  also for ${formatSubject(subject)}, already in the binding`);
}

/** Denies access to subjects that may never have it, or only with --force. */
export function checkBeneficiaries(
  subjects: readonly RbacSubject[],
  how: string,
  force: boolean,
): void {
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
