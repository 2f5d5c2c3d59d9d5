import type { Checked } from '../../../schema.ts';
import type { Value, View } from '../../../text/column.ts';
import type { Difference, PodDifference, PodSides } from './pod-differences.ts';
import type { PodFacts } from './pod-facts.ts';

/** A flat record, whose keys are those of the columns. */
export type Row = Readonly<Record<string, Value>>;

/** Of an object of Kubernetes. */
export type Labels = Readonly<Record<string, string>>;

/** Paths whose answers complete a view. */
export type Companion = '/configz' | '/pods';

/** What a kubelet answered, as text. */
export interface Bodies {
  readonly body: string;
  /** Without those that could not be read. */
  readonly companions: Readonly<Partial<Record<Companion, string>>>;
  /** An earlier answer to the same request, and how long before it came; only for a view that reads it again. */
  readonly earlier?: { readonly body: string; readonly ms: number };
}

/** The rows, and what is wrong with what was to complete them: a phrase, such as `no list of pods: not JSON`. */
export interface RowsRead {
  readonly rows: readonly Row[];
  readonly problems: Readonly<Partial<Record<Companion, string>>>;
  /** Of what a row is of, where that is not the node. */
  readonly labelsOf?: (row: Row) => Labels | undefined;
}

/** What one kubelet answered, as rows. */
export interface NodeRows {
  /** Its name, or its address if that is all that is known. */
  readonly node: string;
  readonly rows: readonly Row[];
}

/** Makes rows of what one kubelet answers. */
export interface BodyView extends View<Row> {
  /** What rows are, such as pods. */
  readonly plural: string;
  /** Read over the same connection. Without one of them the view has less. */
  readonly companions: readonly Companion[];
  /** Reads the same once more, so long after the first answer. */
  readonly again?: { readonly afterMs: number };
  /** @param node its name, or its address if that is all that is known */
  readonly rows: (bodies: Bodies, node: string) => Checked<RowsRead>;
  /** Makes the rows that are printed, whose keys are then those of the columns; undefined for all rows. */
  readonly compare?: (nodes: readonly NodeRows[]) => readonly Row[];
  /** The same of the rows of all nodes, where it is no comparison. */
  readonly merge?: (rows: readonly Row[]) => readonly Row[];
  /** For -o prometheus, in place of the metrics of columns. */
  readonly expose?: (rows: readonly Row[]) => Iterable<string>;
  /** Lines for stderr behind a table of all rows, also of those that are not printed. */
  readonly notes?: (rows: readonly Row[]) => readonly string[];
  /** Lines for stderr in any format if there are no rows. */
  readonly ofNothing?: readonly string[];
  /** Makes rows of what differs from the pods that the API server has, in place of `rows`. */
  readonly comparePods?: PodComparison;
  /** Makes rows of an error response that has some; undefined of another. */
  readonly failedRows?: (
    answer: { readonly status: number; readonly text: string },
    node: string,
  ) => FailedRows | undefined;
  /** Completes rows of an error response by other responses, below 400 or not. */
  readonly completeRow?: {
    readonly path: (row: Row) => string | undefined;
    readonly row: (row: Row, body: string) => Row;
  };
}

/** The rows, and what they say of the kubelet: `fails the health check log`. */
export interface FailedRows {
  readonly rows: readonly Row[];
  readonly words: string;
}

/** Compares a kubelet with the API server. */
export interface PodComparison {
  /** @param api of the same node */
  readonly find: (bodies: Bodies, api: readonly PodFacts[]) => Checked<DifferencesRead>;
  readonly differencesOf: (sides: PodSides) => readonly Difference[];
  readonly row: (difference: PodDifference, node: string) => Row;
}

export interface DifferencesRead {
  readonly differences: readonly PodDifference[];
  readonly problems: RowsRead['problems'];
}

/** What a view is made with. */
export interface ViewParameters {
  /** Selectors of series; of none, all. */
  readonly filters: readonly string[];
  /** As it is given, where the view sums by itself; else empty. */
  readonly by: string;
  readonly sortBy: string;
  readonly top: number | undefined;
  /** Whether it is of what changed between two responses, so far apart. */
  readonly isDiff: boolean;
  readonly intervalMs: number;
}

/** A column needs nothing of a row but its key. */
export function erased<R>({ columns, ...view }: View<R>): View<Row> {
  return { ...view, columns: columns.map((column) => ({ ...column })) };
}
