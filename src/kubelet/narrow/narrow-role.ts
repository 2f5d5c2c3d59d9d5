import type { PolicyRule } from '../../objects.ts';
import { listed } from '../../rbac/permission.ts';
import { missingRules } from '../../rbac/rules.ts';
import type { KubeletVersions } from './kubelets.ts';
import { type NarrowedRules, narrowRules } from './narrow-rules.ts';
import { askedFor, type Need, opensAt } from './need.ts';
import { type ResourceVerb, withGrants } from './with-grants.ts';

export interface NarrowedRole extends NarrowedRules {
  /** Permissions that only the new rules contain. In the old rules, nodes/proxy included them. */
  readonly added: readonly PolicyRule[];
  readonly removed: readonly PolicyRule[];
  /** Calls that the current role does not allow on some kubelets. Narrowing adds no permission for them. */
  readonly lacking: readonly Need[];
  /** Calls that the old rules allow and the new rules do not. The agent works without these calls. */
  readonly lost: readonly Need[];
  /** Rules of a separate role that allows the calls, in case the current role cannot be narrowed. */
  readonly own: readonly PolicyRule[];
}

export function narrowRole(
  rules: readonly PolicyRule[],
  needs: readonly Need[],
  versions: KubeletVersions,
): NarrowedRole {
  const narrowed = narrowRules(rules, needs, versions);
  const { minors } = versions;
  // The empty name represents all nodes that no rule names.
  const nodes = ['', ...new Set(rules.flatMap(({ resourceNames }) => listed(resourceNames)))];
  return {
    ...narrowed,
    added: joined(missingRules(rules, narrowed.rules)),
    removed: joined(missingRules(narrowed.rules, rules)),
    // Leaves out calls that only some versions or configurations of the agent make: if the role denies such a call, this agent does
    // not make it.
    lacking: needs.filter(
      (need) =>
        need.before === undefined &&
        need.operated === undefined &&
        minors.some((minor) => !nodes.some((node) => opensAt(minor, rules, need, [node]))),
    ),
    lost: needs.filter((need) =>
      minors.some((minor) =>
        nodes.some(
          (node) =>
            opensAt(minor, rules, need, [node]) && !opensAt(minor, narrowed.rules, need, [node]),
        ),
      ),
    ),
    own: ownRules(rules, needs, minors),
  };
}

/** Whether rules allow a call on every node, for kubelets of each of these versions. */
export function opens(
  rules: readonly PolicyRule[],
  need: Need,
  minors: readonly number[],
): boolean {
  return minors.every((minor) => opensAt(minor, rules, need, []));
}

/** Returns rules with the narrowest permissions for those calls that `rules` allow on all nodes. */
function ownRules(
  rules: readonly PolicyRule[],
  needs: readonly Need[],
  minors: readonly number[],
): readonly PolicyRule[] {
  const grants = minors.flatMap((minor) =>
    needs.flatMap((need): readonly ResourceVerb[] => {
      if (!opensAt(minor, rules, need, []) || (need.optional && need.via === 'apiserver'))
        return [];
      const { verb, subresources } = askedFor(need, minor);
      return [{ resource: `nodes/${subresources[0] ?? 'proxy'}`, verb }];
    }),
  );
  return withGrants({ verbs: [] }, grants);
}

/** Joins rules that differ only in their resources. */
function joined(rules: readonly PolicyRule[]): readonly PolicyRule[] {
  const groups = Map.groupBy(rules, (rule) => JSON.stringify({ ...rule, resources: [] }));
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    if (!first?.resources) return group;
    return [{ ...first, resources: group.flatMap(({ resources }) => listed(resources)) }];
  });
}
