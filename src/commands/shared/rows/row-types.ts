import type { Grouping } from './sum-rows.ts';

/** A type of rows, such as `pods`: its request, and the options that apply. */
export interface RowType {
  /** Words that users type, the usual one first. */
  readonly words: readonly [string, ...string[]];
  readonly prints: string;
  readonly path: string;
  readonly accept?: string;
  /** The objects that NAME and -l select. Rows of pods have namespaces. */
  readonly of: 'nodes' | 'pods';
  readonly by?: readonly Grouping[];
  /** Why -L and -l cannot be used; undefined if they can. */
  readonly noLabels?: string;
  /** Hint for users of -n: another option that selects a namespace. */
  readonly noNamespace?: string;
  /** Why -o prometheus cannot be used; undefined if it can. */
  readonly noMetrics?: string;
  /** Whether rows compare nodes, so that one node is not enough. */
  readonly needsSeveral?: true;
  /** Whether kubelets must be chosen by node name, not by address. */
  readonly needsNames?: true;
}

export function findType<Type extends Pick<RowType, 'words'>>(
  types: readonly Type[],
  word: string,
): Type | undefined {
  return types.find(({ words }) => words.includes(word.toLowerCase()));
}

/** Returns an Accept header. A kubelet that lacks the first version sends the next one; a kubelet before 1.35 only sends text. */
export function versioned(kind: string): string {
  const versions = ['v1beta1', 'v1alpha1'].map(
    (version) => `application/json;as=${kind};v=${version};g=config.k8s.io`,
  );
  return [...versions, 'text/plain'].join(',');
}
