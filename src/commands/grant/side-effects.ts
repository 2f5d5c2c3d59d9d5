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

/** How many subjects of a binding are told of. */
const mostTold = 5;

/** Whoever else refers to a role would get what it lacks as well, all of it if the role is yet to come. */
export function checkWidened(
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
        ? `ClusterRole ${roleName} lacks ${rules}, and adding that would give it to others as well`
        : `there is no ClusterRole ${roleName}, and making it would give ${rules} to others as well`,
      {
        details: others.flatMap((binding) => {
          const subjects = (binding.subjects ?? []).map(formatSubject);
          return [
            `${bindingTitle(binding)} refers to it`,
            ...(subjects.length > 0 ? [`  with ${summarize(subjects, mostTold)}`] : []),
          ];
        }),
        hints: ['--accept-wider, if they may have it; --role-name NAME makes another role'],
      },
    );
  // What a RoleBinding gives ends at its namespace, and nodes are in none.
  for (const binding of others)
    if (binding.metadata?.namespace === undefined)
      checkGiven(binding.subjects ?? [], `by ${bindingTitle(binding)}`, force);
}

/** Of the pair's own binding it is only said who else is in it, as far as they may have it at all. */
export function alsoFor(
  { action, object }: Change,
  wanted: ClusterRoleBinding,
  force: boolean,
): readonly string[] {
  // What is made anew names each of its subjects.
  if (action === 'recreate') return [];
  const others = ((object as ClusterRoleBinding | undefined)?.subjects ?? []).filter(
    (subject) => !hasSubject(wanted.subjects ?? [], subject),
  );
  checkGiven(others, `by ClusterRoleBinding ${wanted.metadata?.name}`, force);
  return others.map((subject) => `  for ${formatSubject(subject)}, too, who is in the binding`);
}

/** Refuses what would give anything to those who are never to have it, or not without being insisted on. */
export function checkGiven(subjects: readonly RbacSubject[], how: string, force: boolean): void {
  for (const subject of subjects) {
    const name = formatSubject(subject);
    const never = neverGranted(subject);
    if (never !== undefined)
      throw new Failure(`${name} would get it as well, ${how}, and is never granted it: ${never}`, {
        hints: ['take that subject out of the binding first'],
      });
    const crowd = force ? undefined : needsForce(subject);
    if (crowd !== undefined)
      throw new Failure(`${name} would get it as well, ${how}: ${crowd}`, {
        hints: ['if that is how you want it: the same with --force'],
      });
  }
}
