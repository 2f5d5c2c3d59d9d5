import type { Grouping } from './sum-rows.ts';

/** A type of rows, named by a word such as `pods`: its request and the options that apply to it. */
export interface RowType {
  /** Words that users type, the usual one first. */
  readonly words: readonly [string, ...string[]];
  /** Description of the rows, for the list of types. */
  readonly prints: string;
  /** Path of the request. */
  readonly path: string;
  readonly accept?: string;
  /** The objects that NAME and -l select. Rows of pods have namespaces. */
  readonly of: 'nodes' | 'pods';
  /** Values of `--by`. */
  readonly by?: readonly Grouping[];
  /** Reason why rows have no labels; undefined if they do. */
  readonly noLabels?: string;
  /** Option that selects by namespace in place of -n. */
  readonly noNamespace?: string;
  /** Reason why -o prometheus is not available; undefined if it is. */
  readonly noMetrics?: string;
  /** Whether rows compare nodes, so that one node is not enough. */
  readonly needsSeveral?: true;
  /** Whether kubelets must be chosen by node name, not by address. */
  readonly needsNames?: true;
}

/** Finds the type that a word names; undefined if there is none. */
export function findType<Type extends Pick<RowType, 'words'>>(
  types: readonly Type[],
  word: string,
): Type | undefined {
  return types.find(({ words }) => words.includes(word.toLowerCase()));
}

/** Returns an Accept header. A kubelet without the first version sends the next one; a kubelet before 1.35 only sends text. */
export function versioned(kind: string): string {
  const versions = ['v1beta1', 'v1alpha1'].map(
    (version) => `application/json;as=${kind};v=${version};g=config.k8s.io`,
  );
  return [...versions, 'text/plain'].join(',');
}
