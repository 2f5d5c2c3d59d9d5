import type { AnyBinding, ClusterRole, ClusterRoleBinding, RbacSubject } from '../../../objects.ts';
import { aggregatorsOf, hasAggregationLabel } from '../../../rbac/aggregation.ts';
import { bindingTitle } from '../../../rbac/change.ts';
import { nameOf } from '../../../rbac/rbac-objects.ts';
import { formatSubject, sameSubject } from '../../../rbac/subject.ts';
import { summarize } from '../../../text/list.ts';

export const mostListed = 5;

/** Subjects that have the rules of a role, by a binding to it or to a role that aggregates it. */
export interface Holders {
  readonly subjects: readonly RbacSubject[];
  readonly text: string;
}

/**
 * Returns who has, or may have, the rules of a role beside a subject. RoleBindings do not count, because nodes are in no namespace.
 * @param roles undefined if ClusterRoles cannot be listed
 */
export function otherHolders(
  role: ClusterRole,
  roles: readonly ClusterRole[] | undefined,
  bindings: readonly ClusterRoleBinding[],
  subject: RbacSubject | undefined,
): readonly Holders[] {
  const boundTo = (name: string, words: string) =>
    bindings.flatMap((binding) => {
      const { subjects = [] } = binding;
      const others = subjects.filter((each) => !subject || !sameSubject(each, subject));
      if (!refersTo(binding, name) || others.length === 0) return [];
      const list = summarize(others, mostListed, formatSubject);
      return { subjects: others, text: `${list}, through ${bindingTitle(binding)}${words}` };
    });
  const aggregated = aggregatorsOf(role, roles ?? []).flatMap((each) => {
    const title = `ClusterRole ${nameOf(each)}, which includes it by aggregation`;
    const bound = boundTo(nameOf(each), ` to ${title}`);
    return bound.length > 0 ? bound : { subjects: [], text: title };
  });
  const unknown = 'subjects of roles that aggregate it: clusterroles cannot be listed';
  const isUnknown = roles === undefined && hasAggregationLabel(role);
  return [
    ...boundTo(nameOf(role), ''),
    ...aggregated,
    ...(isUnknown ? [{ subjects: [], text: unknown }] : []),
  ];
}

export function listHolders(holders: readonly Holders[]): readonly string[] {
  const rest = holders.length - mostListed;
  const texts = holders.slice(0, mostListed).map(({ text }) => text);
  return rest > 0 ? [...texts, `subjects of ${rest} more bindings`] : texts;
}

export function refersTo({ roleRef }: AnyBinding, roleName: string): boolean {
  return roleRef.kind === 'ClusterRole' && roleRef.name === roleName;
}
