import type { Known } from '../known.ts';
import type {
  AnyBinding,
  ClusterRole,
  ClusterRoleBinding,
  PolicyRule,
  RbacSubject,
} from '../objects.ts';
import type { FoundPair } from './pair.ts';

export type PairKind = 'ClusterRole' | 'ClusterRoleBinding';

/** `client` sends no write; `server` has the API server check each write without persisting it. */
export type DryRun = 'none' | 'client' | 'server';

interface Grant {
  readonly rules?: readonly PolicyRule[];
  readonly subjects?: readonly RbacSubject[];
}

export type Change = {
  readonly kind: PairKind;
  readonly name: string;
  /** Lines such as `+ nodes/log *` and `- subject user:kubernetes`, or the reason why an object is kept. */
  readonly differences: readonly string[];
  /** Rules or subjects that the change adds; `removed` has those that it removes. */
  readonly added?: Grant;
  readonly removed?: Grant;
  /** Lines to print with the change, for every action. */
  readonly notes?: readonly string[];
} & (
  | {
      readonly action: 'create' | 'update' | 'delete';
      readonly object: ClusterRole | ClusterRoleBinding;
    }
  | { readonly action: 'none'; readonly object?: ClusterRole | ClusterRoleBinding | undefined }
);

/** A pair that exists, and the bindings of the cluster. */
export interface FoundWithBindings extends FoundPair {
  /** All ClusterRoleBindings and RoleBindings of the cluster. */
  readonly bindings: readonly AnyBinding[];
  /** The reason why bindings are missing, if the caller may not list them. */
  readonly unlisted?: string;
  /** All ClusterRoles of the cluster; read only if the change adds rules to the role. */
  readonly roles?: Known<readonly ClusterRole[]>;
}

/** Returns the bindings, other than the pair's own, that refer to a role. */
export function otherReferrers(
  { bindings }: FoundWithBindings,
  roleName: string,
  own: ClusterRoleBinding | undefined,
): readonly AnyBinding[] {
  return bindings.filter(
    ({ roleRef, metadata }) =>
      roleRef.kind === 'ClusterRole' &&
      roleRef.name === roleName &&
      (metadata.namespace !== undefined || metadata.name !== own?.metadata.name),
  );
}

export function bindingTitle(binding: AnyBinding): string {
  const { name, namespace } = binding.metadata;
  return namespace === undefined
    ? `ClusterRoleBinding ${name}`
    : `RoleBinding ${namespace}/${name}`;
}
