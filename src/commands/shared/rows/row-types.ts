import type { Grouping } from './sum-rows.ts';

/** Rows that a word such as `pods` names: one entry has their request and options. */
export interface RowType {
  /** Words that users type, the usual one first. */
  readonly words: readonly [string, ...string[]];
  /** Description for lists. */
  readonly prints: string;
  /** Path of the request. */
  readonly path: string;
  readonly accept?: string;
  /** The objects that NAME and -l select. Rows of pods have namespaces. */
  readonly of: 'nodes' | 'pods';
  /** Values of `--by`. */
  readonly by?: readonly Grouping[];
  /** Why its rows have no labels. */
  readonly noLabels?: string;
  /** The option that selects by namespace in place of -n. */
  readonly noNamespace?: string;
  /** Why it has no -o prometheus. */
  readonly noMetrics?: string;
  /** Whether it shows nothing of one node alone. */
  readonly needsSeveral?: true;
  /** Whether kubelets must be known by the names of their nodes. */
  readonly needsNames?: true;
}

/** The type that a word names; undefined if there is none. */
export function findType<Type extends Pick<RowType, 'words'>>(
  types: readonly Type[],
  word: string,
): Type | undefined {
  return types.find(({ words }) => words.includes(word.toLowerCase()));
}

/** A kubelet that does not have a version answers with the next of them; one before 1.35 only has a text. */
export function versioned(kind: string): string {
  const versions = ['v1beta1', 'v1alpha1'].map(
    (version) => `application/json;as=${kind};v=${version};g=config.k8s.io`,
  );
  return [...versions, 'text/plain'].join(',');
}
