import type { PolicyRule } from '../../objects.ts';
import { listed } from '../../rbac/permission.ts';
import { missingRules } from '../../rbac/rules.ts';
import type { KubeletVersions } from './kubelets.ts';
import { type NarrowedRules, narrowRules } from './narrow-rules.ts';
import { askedFor, type Need, opensAt } from './need.ts';
import { type Grant, withGrants } from './with-grants.ts';

/** The change of a role's rules. */
export interface NarrowedRole extends NarrowedRules {
  /** Permissions that the new rules allow and the old do not: newer kubelets accepted nodes/proxy for them. */
  readonly added: readonly PolicyRule[];
  readonly removed: readonly PolicyRule[];
  /** Calls that the role does not allow today, at some kubelet: nothing is added for them. */
  readonly lacking: readonly Need[];
  /** Calls without which the agent works, and that the new rules no longer allow. */
  readonly lost: readonly Need[];
  /** Rules of a separate role for the calls, if this role cannot have less. */
  readonly own: readonly PolicyRule[];
}

export function narrowRole(
  rules: readonly PolicyRule[],
  needs: readonly Need[],
  versions: KubeletVersions,
): NarrowedRole {
  const narrowed = narrowRules(rules, needs, versions);
  const { minors } = versions;
  // One that no rule names stands for all others.
  const nodes = ['', ...new Set(rules.flatMap(({ resourceNames }) => listed(resourceNames)))];
  return {
    ...narrowed,
    added: joined(missingRules(rules, narrowed.rules)),
    removed: joined(missingRules(narrowed.rules, rules)),
    // A version that was denied runs no more.
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

/** Whether rules allow a call on every node, at all these kubelets. */
export function opens(
  rules: readonly PolicyRule[],
  need: Need,
  minors: readonly number[],
): boolean {
  return minors.every((minor) => opensAt(minor, rules, need, []));
}

/** The finest permissions for those calls that the rules allow on all nodes. */
function ownRules(
  rules: readonly PolicyRule[],
  needs: readonly Need[],
  minors: readonly number[],
): readonly PolicyRule[] {
  const grants = minors.flatMap((minor) =>
    needs.flatMap((need): readonly Grant[] => {
      if (!opensAt(minor, rules, need, []) || (need.optional && need.via === 'apiserver'))
        return [];
      const { verb, subresources } = askedFor(need, minor);
      return [{ resource: `nodes/${subresources[0] ?? 'proxy'}`, verb }];
    }),
  );
  return withGrants({ verbs: [] }, grants);
}

/** Joins rules that differ in their resource alone. */
function joined(rules: readonly PolicyRule[]): readonly PolicyRule[] {
  const groups = Map.groupBy(rules, (rule) => JSON.stringify({ ...rule, resources: [] }));
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    if (!first?.resources) return group;
    return [{ ...first, resources: group.flatMap(({ resources }) => listed(resources)) }];
  });
}
