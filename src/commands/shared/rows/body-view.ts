import type { KubeletPod } from '../../../kubelet/bodies/pods.ts';
import type { Node } from '../../../objects.ts';
import { type Checked, mapChecked } from '../../../schema.ts';
import { plainText, type View } from '../../../text/column.ts';
import type { Labels, Row } from '../fleet/outcome.ts';
import type { NamedPod } from './select-rows.ts';

/** Paths whose answers complete rows. */
export type ExtraPath = '/configz' | '/pods' | `/logs/?query=${string}`;

/** Answers of a kubelet, as text. */
export interface Bodies {
  readonly body: string;
  /** Without those that could not be read. */
  readonly extra: Readonly<Partial<Record<ExtraPath, string>>>;
  /** An earlier answer to the same request, and how long before it came; only for a view that reads it twice. */
  readonly earlier?: { readonly body: string; readonly ms: number };
  /** Undefined if it was not looked up. */
  readonly node?: Node | undefined;
}

/** The rows, and errors of additional sources as phrases, such as `no list of pods: not JSON`. */
export interface RowsRead {
  readonly rows: readonly Row[];
  readonly problems: Readonly<Partial<Record<ExtraPath, string>>>;
  /** Labels of the object of a row, where that is not the node. */
  readonly labelsOf?: (row: Row) => Labels | undefined;
  /** All pods: some have no row, as they have no volume or no difference. */
  readonly pods?: () => Iterable<NamedPod>;
}

/** The rows of one kubelet. */
export interface NodeRows {
  /** Its name, or its address if that is all that is known. */
  readonly node: string;
  readonly rows: readonly Row[];
}

/** The same, and how it was asked. */
export interface ReadRows extends NodeRows {
  readonly via: 'direct' | 'apiserver';
}

/** Makes rows of what one kubelet answers. */
export interface BodyView extends View<Row> {
  /** Plural noun for the rows, such as pods. */
  readonly plural: string;
  /** Read over the same connection. Without one of them the view has less. */
  readonly extraPaths: readonly ExtraPath[];
  /** Read as well, unless only the columns of the default table are printed. */
  readonly wideExtraPaths?: readonly ExtraPath[];
  /** Read as well, depending on the answers to the request itself. Called before `rows`. */
  readonly laterPaths?: (
    bodies: Pick<Bodies, 'body' | 'earlier'>,
    node: string,
  ) => readonly ExtraPath[];
  /** Whether columns need Node objects: the view has less where the caller may not read them. */
  readonly nodeObjects?: 'wanted';
  /** Reads the same once more, so long after the first answer. */
  readonly secondReading?: { readonly afterMs: number };
  /** @param node its name, or its address if that is all that is known */
  readonly rows: (bodies: Bodies, node: string) => Checked<RowsRead>;
  /** Makes the rows that are printed, whose keys are then those of the columns; undefined for all rows. */
  readonly compare?: (nodes: readonly NodeRows[]) => readonly Row[];
  /** The same of the rows of all nodes, where it is no comparison. */
  readonly merge?: (rows: readonly Row[]) => readonly Row[];
  /** In bytes, about what a row takes until it is merged, where nodes may have many long ones. */
  readonly bytesOf?: (row: Row) => number;
  /** For -o prometheus, in place of the metrics of columns. */
  readonly expose?: (rows: readonly Row[]) => Iterable<string>;
  /** Lines for stderr after a table of all rows, also of those that are not printed. */
  readonly notes?: (rows: readonly Row[]) => readonly string[];
  /** Lines for stderr in any format if there are no rows. */
  readonly emptyNotes?: () => readonly string[];
  /**
   * Makes rows of an error response that has some; undefined of another. `read` gives the text of another response, below 400 or not,
   * undefined without one.
   */
  readonly failedRows?: (
    answer: { readonly status: number; readonly text: string },
    node: string,
    read: (path: string) => Promise<string | undefined>,
  ) => Promise<FailedRows | undefined>;
}

/** The rows, and what they say of the kubelet: `fails the health check log`. */
interface FailedRows {
  readonly rows: readonly Row[];
  readonly words: string;
}

/** A column needs nothing of a row but its key. */
export function untyped<R>({ columns, ...view }: View<R>): View<Row> {
  return { ...view, columns: columns.map((column) => ({ ...column })) };
}

/** A view of one body that nothing completes. */
export function simpleView<R extends object>(
  plural: string,
  view: View<R>,
  read: (body: string, node: string) => Checked<readonly R[]>,
): BodyView {
  return {
    ...untyped(view),
    plural,
    extraPaths: [],
    rows: ({ body }, node) =>
      mapChecked(read(body, node), (rows) => ({
        rows: rows.map((row) => ({ ...row }) as Row),
        problems: {},
      })),
  };
}

/** The labels of the pod that a row names; read when the first is asked for. */
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
