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

/** `client` sends no write, `server` has the API server check each and persist none. */
export type DryRun = 'none' | 'client' | 'server';

/** Rules of a role, or subjects of a binding. */
interface Grant {
  readonly rules?: readonly PolicyRule[];
  readonly subjects?: readonly RbacSubject[];
}

/** One object of a pair and what happens to it. */
export type Change = {
  readonly kind: PairKind;
  readonly name: string;
  /** In RBAC words: `+ nodes/log *`, `- subject user:kubernetes`. Also, why something is kept. */
  readonly differences: readonly string[];
  /** Granted after the change and not before; `removed` is the reverse. */
  readonly added?: Grant;
  readonly removed?: Grant;
  /** To print with it, whatever its action. */
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
  /** Every binding of the cluster, of either kind. */
  readonly bindings: readonly AnyBinding[];
  /** Why some are missing, if the caller may not list them. */
  readonly unlisted?: string;
  /** Every ClusterRole of the cluster, where the role is about to get rules. */
  readonly roles?: Known<readonly ClusterRole[]>;
}

/** Bindings other than the pair's own that refer to a role. */
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
