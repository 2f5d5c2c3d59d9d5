import type { KubeletPod } from '../../../kubelet/bodies/pods.ts';
import type { Node, NodeImages } from '../../../objects.ts';
import { type Checked, mapChecked } from '../../../schema.ts';
import { type CountsOnce, plainText } from '../../../text/column.ts';
import type { Labels, Row } from '../fleet/outcome.ts';
import type { DescribedView } from './fields.ts';
import type { NamedPod } from './select-rows.ts';

/** Paths of additional requests. Their responses supply values that the first response lacks. */
export type ExtraPath =
  | '/configz'
  | '/pods'
  | '/metrics'
  | '/metrics/cadvisor'
  | `/logs/?query=${string}`;

export interface Bodies {
  readonly body: string;
  /** Responses to additional requests, except paths that could not be read. */
  readonly extra: Readonly<Partial<Record<ExtraPath, string>>>;
  /** First of two responses, and the time in ms between them; undefined for a view that sends its request once. */
  readonly earlier?: { readonly body: string; readonly ms: number };
  /** Node object; undefined if it was not read. */
  readonly node?: Node | undefined;
  /** Images of the node; undefined unless the view reads them. */
  readonly images?: NodeImages | undefined;
}

/** Rows from the responses of a kubelet. `problems` says why an additional response cannot be used, such as `no list of pods: not JSON`. */
export interface RowsRead {
  readonly rows: readonly Row[];
  readonly problems: Readonly<Partial<Record<ExtraPath, string>>>;
  /** Returns the labels of the pod of a row. By default, rows have the labels of the node. */
  readonly labelsOf?: (row: Row) => Labels | undefined;
  /** Returns all pods of the kubelet, also pods without a row. */
  readonly pods?: () => Iterable<NamedPod>;
  /** Pods that have ended. Their rows are printed only if pods are named; otherwise a note has the number of these pods. */
  readonly ended?: { readonly pods: readonly NamedPod[]; readonly rows: () => readonly Row[] };
}

export interface NodeRows {
  /** Name of the node, or the address if the name is unknown. */
  readonly node: string;
  readonly rows: readonly Row[];
}

export interface ReadRows extends NodeRows {
  readonly via: 'direct' | 'apiserver';
}

export interface BodyView extends DescribedView {
  readonly plural: string;
  readonly countsOnce?: CountsOnce<Row>;
  /** Paths of additional requests. If one fails, only the values from its response are missing. */
  readonly extraPaths: readonly ExtraPath[];
  /** Paths of additional requests that are sent only if columns outside the default table are needed. */
  readonly wideExtraPaths?: readonly ExtraPath[];
  /** Paths of additional requests for single columns, by key. They are sent only if the table shows the column, or rows are sorted by it. */
  readonly columnPaths?: Readonly<Partial<Record<string, ExtraPath>>>;
  /** Returns paths of additional requests that depend on the first response. Called before `rows`. */
  readonly laterPaths?: (
    bodies: Pick<Bodies, 'body' | 'earlier'>,
    node: string,
  ) => readonly ExtraPath[];
  /** Set if columns need Node objects. Without permission to read Node objects, only the values of these columns are missing. */
  readonly nodeObjects?: 'wanted';
  /** Whether rows are made from the images in Node objects, which are read in addition. */
  readonly readsImages?: true;
  /** Set if the same request is sent again, `afterMs` after the first response. */
  readonly secondReading?: { readonly afterMs: number };
  /** @param node name of the node, or the address if the name is unknown */
  readonly rows: (bodies: Bodies, node: string) => Checked<RowsRead>;
  /** Compares nodes, and returns the rows to print. If undefined, the rows of all nodes are printed. */
  readonly compare?: (nodes: readonly NodeRows[]) => readonly Row[];
  /** Merges the rows of all nodes into the rows to print, for views without a comparison. */
  readonly merge?: (rows: readonly Row[]) => readonly Row[];
  /** Estimates the bytes that a row takes until it is merged, for views with many long rows. */
  readonly bytesOf?: (row: Row) => number;
  /** Renders -o prometheus. If undefined, the metrics of columns are rendered. */
  readonly expose?: (rows: readonly Row[]) => Iterable<string>;
  /** Returns lines that are written to stderr after a table. `rows` includes rows above the limit, before they are summed. */
  readonly notes?: (rows: readonly Row[]) => readonly string[];
  /** Returns lines that are written to stderr if there are no rows, in any format. */
  readonly emptyNotes?: () => readonly string[];
  /**
   * Makes rows from an error response; undefined if the response contains none. `read` sends another request, and returns the body of its
   * response, whatever its status code is. `read` returns undefined if no response comes.
   */
  readonly failedRows?: (
    answer: { readonly status: number; readonly text: string },
    node: string,
    read: (path: string) => Promise<string | undefined>,
    object: Node | undefined,
  ) => Promise<FailedRows | undefined>;
}

/** Rows from an error response. `words` summarizes them, such as `fails the health check log`; undefined to report the response itself. */
interface FailedRows {
  readonly rows: readonly Row[];
  readonly words?: string;
}

export function simpleView(
  plural: string,
  view: DescribedView,
  read: (body: string, node: string) => Checked<readonly Row[]>,
): BodyView {
  return {
    ...view,
    plural,
    extraPaths: [],
    rows: ({ body }, node) => mapChecked(read(body, node), (rows) => ({ rows, problems: {} })),
  };
}

/** Returns a function that finds the labels of a row's pod. `pods` is called when the first row needs labels. */
export function podLabels(pods: () => Iterable<KubeletPod>): (row: Row) => Labels | undefined {
  let byName: ReadonlyMap<string, Labels> | undefined;
  return ({ namespace, pod }) => {
    byName ??= new Map(
      [...pods()].map(({ metadata: { namespace, name, labels = {} } }) => [
        `${namespace}/${name}`,
        labels,
      ]),
    );
    return byName.get(`${plainText(namespace)}/${plainText(pod)}`);
  };
}
