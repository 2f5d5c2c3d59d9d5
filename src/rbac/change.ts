import type {
  ClusterRole,
  ClusterRoleBinding,
  PolicyRule,
  RbacSubject,
  RoleBinding,
} from '../objects.ts';
import type { FoundPair } from './pair.ts';

export type PairKind = 'ClusterRole' | 'ClusterRoleBinding';

/** What a role gives, or to whom a binding gives it. */
export interface Right {
  readonly rules?: readonly PolicyRule[];
  readonly subjects?: readonly RbacSubject[];
}

/** One object of a pair and what is to become of it. */
export type Change = {
  readonly kind: PairKind;
  readonly name: string;
  /** In RBAC words: `+ nodes/log *`, `- subject user:kubernetes`. Also, why something stays. */
  readonly differences: readonly string[];
  /** What is given after the change and was not before; and the other way round. */
  readonly added?: Right;
  readonly removed?: Right;
  /** What one must know of it, whatever becomes of it. */
  readonly notes?: readonly string[];
} & (
  | {
      readonly action: 'create' | 'update' | 'delete';
      readonly object: ClusterRole | ClusterRoleBinding;
    }
  /** Deleted and created again, since what is to change cannot be. */
  | {
      readonly action: 'recreate';
      readonly object: ClusterRoleBinding;
      readonly previous: ClusterRoleBinding;
    }
  | { readonly action: 'none'; readonly object?: ClusterRole | ClusterRoleBinding | undefined }
);

/** A pair that is there, and what else points at its role. */
export interface FoundWithBindings extends FoundPair {
  /** Every binding of the cluster, of either kind. */
  readonly bindings: readonly (ClusterRoleBinding | RoleBinding)[];
  /** Why they are not every one, if the caller may not list them. */
  readonly unseen?: string;
}

/** Bindings other than the pair's own that refer to a role. */
export function otherReferrers(
  { bindings }: FoundWithBindings,
  roleName: string,
  own: ClusterRoleBinding | undefined,
): readonly (ClusterRoleBinding | RoleBinding)[] {
  return bindings.filter(
    ({ roleRef, metadata }) =>
      roleRef.kind === 'ClusterRole' &&
      roleRef.name === roleName &&
      (metadata?.namespace !== undefined || metadata?.name !== own?.metadata?.name),
  );
}

export function bindingTitle(binding: ClusterRoleBinding | RoleBinding): string {
  const { name = '', namespace } = binding.metadata ?? {};
  return namespace === undefined
    ? `ClusterRoleBinding ${name}`
    : `RoleBinding ${namespace}/${name}`;
}
