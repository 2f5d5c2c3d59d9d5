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

/** `client`: no write is sent. `server`: the API server checks each write but does not store it. */
export type DryRun = 'none' | 'client' | 'server';

interface ObjectContent {
  readonly rules?: readonly PolicyRule[];
  readonly subjects?: readonly RbacSubject[];
}

export type Change = {
  readonly kind: PairKind;
  readonly name: string;
  /** Lines such as `+ nodes/log *` and `- subject user:kubernetes`. If the object is kept, the reason for keeping it. */
  readonly differences: readonly string[];
  /** Rules or subjects that the change adds. `removed` contains the ones that it removes. */
  readonly added?: ObjectContent;
  readonly removed?: ObjectContent;
  /** Whether the change adds or changes the grant record of the subject. Only then is the user who ran `grant` recorded. */
  readonly isRecorded?: boolean;
  /** Lines that are printed with the change, whatever its action. */
  readonly notes?: readonly string[];
} & (
  | {
      readonly action: 'create' | 'update' | 'delete';
      readonly object: ClusterRole | ClusterRoleBinding;
    }
  | { readonly action: 'none'; readonly object?: ClusterRole | ClusterRoleBinding | undefined }
);

export interface FoundWithBindings extends FoundPair {
  /** All ClusterRoleBindings and RoleBindings of the cluster. */
  readonly bindings: readonly AnyBinding[];
  /** Why bindings are missing from `bindings`; set if the caller may not list them. */
  readonly unlisted?: string;
  /** All ClusterRoles of the cluster. They are read only if the change adds rules to the role. */
  readonly roles?: Known<readonly ClusterRole[]>;
}

/** Returns all bindings to a ClusterRole except `own`. */
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
