import type {
  AnyBinding,
  ClusterRole,
  ClusterRoleBinding,
  PolicyRule,
  RbacSubject,
} from '../objects.ts';

export interface FoundPair {
  readonly role?: ClusterRole | undefined;
  readonly binding?: ClusterRoleBinding | undefined;
}

export type PairKind = 'ClusterRole' | 'ClusterRoleBinding';

/** `client`: no write is sent. `server`: the API server checks each write but does not store it. */
export const dryRuns = ['none', 'client', 'server'] as const;
export type DryRun = (typeof dryRuns)[number];

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
  /** Lines that are printed with the change, whatever its action. */
  readonly notes?: readonly string[];
} & (
  | {
      readonly action: 'create' | 'update' | 'delete';
      readonly object: ClusterRole | ClusterRoleBinding;
    }
  | { readonly action: 'none'; readonly object?: ClusterRole | ClusterRoleBinding | undefined }
);

/** Whether a change writes or deletes its object. */
export function isMade({ action }: Change): boolean {
  return action !== 'none';
}

export function bindingTitle(binding: AnyBinding): string {
  const { name, namespace } = binding.metadata;
  return namespace === undefined
    ? `ClusterRoleBinding ${name}`
    : `RoleBinding ${namespace}/${name}`;
}
