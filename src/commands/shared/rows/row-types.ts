import type { Grouping } from './sum-rows.ts';

export interface RowType {
  /** Words that users type, the usual one first. */
  readonly words: readonly [string, ...string[]];
  readonly prints: string;
  readonly path: string;
  readonly accept?: string;
  /** The objects that NAME and -l select. With pods, -n and -A select namespaces. */
  readonly of: 'nodes' | 'pods';
  readonly by?: readonly Grouping[];
  /** Why -L and -l cannot be used; undefined if they can. */
  readonly noLabels?: string;
  /** Whether rows are made from Node objects, so that addresses of kubelets do not suffice. */
  readonly needsNodes?: true;
  /** Option that selects a namespace in place of -n. The error for -n suggests it. */
  readonly noNamespace?: string;
  /** Why -o prometheus cannot be used; undefined if it can. */
  readonly noMetrics?: string;
}

export function findType<Type extends Pick<RowType, 'words'>>(
  types: readonly Type[],
  word: string,
): Type | undefined {
  return types.find(({ words }) => words.includes(word.toLowerCase()));
}

/**
 * Returns an Accept header with two versions. A kubelet that does not have the first version sends the second. A kubelet before 1.35 sends
 * only text.
 */
export function versioned(kind: string): string {
  const versions = ['v1beta1', 'v1alpha1'].map(
    (version) => `application/json;as=${kind};v=${version};g=config.k8s.io`,
  );
  return [...versions, 'text/plain'].join(',');
}
