import type { LabelSelector } from '../../../cli/label-selector.ts';
import type { Value } from '../../../text/column.ts';
import type { Labels, Row } from '../fleet/outcome.ts';

/** Name of a pod. Without a namespace, pods of this name in all selected namespaces are meant. */
export interface PodName {
  readonly namespace: string | undefined;
  readonly name: string;
}

export interface NamedPod {
  readonly namespace: string;
  readonly pod: string;
}

export interface RowSelection {
  /** Namespace of the pods; undefined for all namespaces. */
  readonly namespace: string | undefined;
  /** Pods given by name; empty for all pods. */
  readonly pods: readonly PodName[];
  readonly labels: LabelSelector | undefined;
}

export interface RowSelector {
  readonly needsLabels: boolean;
  readonly hasNames: boolean;
  takes(row: Row, labels: Labels | undefined): boolean;
  /** Marks the pods as found, also if they have no row. */
  finds(pods: () => Iterable<NamedPod>): void;
  /** Returns the named pods that were not found, as the user gave them. */
  missing(): readonly string[];
}

export function rowSelector({ namespace, pods, labels }: RowSelection): RowSelector {
  const found = new Set<PodName>();
  const isNamed = ({ namespace: own, pod }: { readonly [Key in keyof NamedPod]?: Value }) => {
    const named = pods.filter(
      (each) => each.name === pod && (each.namespace ?? namespace ?? own) === own,
    );
    for (const each of named) found.add(each);
    return named.length > 0;
  };
  return {
    needsLabels: labels !== undefined,
    hasNames: pods.length > 0,
    takes: (row, own) => {
      if (pods.length > 0) return isNamed(row);
      if (namespace !== undefined && row['namespace'] !== namespace) return false;
      return labels === undefined || labels(own ?? {});
    },
    finds: (seen) => {
      if (pods.length > 0) for (const pod of seen()) isNamed(pod);
    },
    missing: () =>
      pods
        .filter((each) => !found.has(each))
        .map(({ namespace: own, name }) => (own === undefined ? name : `${own}/${name}`)),
  };
}
