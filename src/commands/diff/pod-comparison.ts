import type { Checked } from '../../schema.ts';
import type { View } from '../../text/column.ts';
import type { Row } from '../shared/fleet/outcome.ts';
import type { Bodies, BodyView, RowsRead } from '../shared/rows/body-view.ts';
import type { NamedPod } from '../shared/rows/select-rows.ts';
import type { Difference, PodDifference, PodSides } from './pod-differences.ts';
import type { PodFacts } from './pod-facts.ts';

/** Comparison of a kubelet's pods with the API server. */
export interface PodComparison {
  readonly columns: View<Row>;
  readonly extraPaths: BodyView['extraPaths'];
  /** @param api pods of the same node in the API server */
  readonly find: (bodies: Bodies, api: readonly PodFacts[]) => Checked<DifferencesRead>;
  readonly differencesOf: (sides: PodSides) => readonly Difference[];
  readonly row: (difference: PodDifference, node: string) => Row;
}

interface DifferencesRead {
  readonly differences: readonly PodDifference[];
  /** All pods of the kubelet, whether or not they differ. */
  readonly pods: readonly NamedPod[];
  readonly problems: RowsRead['problems'];
}
