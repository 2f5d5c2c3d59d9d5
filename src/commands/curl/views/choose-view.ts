import { parseOneOf, parsePositiveDuration } from '../../../cli/parse-options.ts';
import { parseTop } from '../../../cli/row-options.ts';
import { UsageFailure } from '../../../errors.ts';
import { splitTemplate } from '../../../text/output-template.ts';
import { rowFormats } from '../../../text/render-rows.ts';
import type { ViewParameters } from './body-view.ts';
import { checkView } from './check-view.ts';
import type { LabelChoice } from './label-columns.ts';
import type { Grouping } from './sum-rows.ts';
import { givenViewOptions, type ViewOptions } from './view-options.ts';
import {
  findView,
  pathsWith,
  pathsWithViews,
  type ViewChoice,
  type ViewEntry,
  viewChoices,
} from './views.ts';

/** What is printed of a view. */
export interface ViewRequest {
  readonly view: ViewEntry;
  readonly parameters: ViewParameters;
  /** The format, or a template of kubectl's; as -o takes it. */
  readonly output: string;
  /** What rows are summed by; undefined for no sums. */
  readonly by: Grouping | undefined;
  /** Whether the response is read a second time after `intervalMs`. */
  readonly readsTwice: boolean;
  /** Empty for the order of nodes. */
  readonly sortBy: string;
  /** The number of rows; undefined for all. */
  readonly top: number | undefined;
  /** Whether a table has bars. */
  readonly chart: boolean;
  readonly noHeaders: boolean;
  /** Undefined for no columns of labels. */
  readonly labels: LabelChoice | undefined;
  /** In ms, between looks; undefined for one look. */
  readonly watchMs: number | undefined;
}

interface Asked {
  readonly method: string;
  /** As in a request line. */
  readonly path: string;
  /** Whether it was given by a short name, which asks for a view where a path asks for the response. */
  readonly isShortName: boolean;
  /** The value of -o; empty if it is not given. */
  readonly output: string;
  /** Whether it is for several nodes. */
  readonly isFleet: boolean;
  /** Whether kubelets are given by their addresses. */
  readonly byAddress: boolean;
  /** Whether there is a reader for a table, where no format is given. */
  readonly hasReader: boolean;
}

/** Undefined where the response itself is asked for. */
export function chooseView(asked: Asked, options: ViewOptions): ViewRequest | undefined {
  const { method, path, output } = asked;
  const [option] = givenViewOptions(options);
  const [pathname = ''] = path.split('?', 1);
  const choice = choiceOf(options, pathname);
  const view = method === 'GET' ? findView(pathname, choice) : undefined;
  // What a query makes a view of is the response by itself.
  const isShortName = asked.isShortName && (!view || hasQuery(view, path));
  const format = formatOf({ ...asked, isShortName }, option !== undefined);
  if (format === undefined) {
    // Of another value, it is told which there are.
    if (option === undefined || !/^(?:raw|ndjson)$/.test(output)) return undefined;
    throw new UsageFailure(`${option} and --output ${output} cannot be used together`, {
      hints: [`formats of a view: ${rowFormats.join(', ')}`],
    });
  }
  if (!view) {
    // Of what has no view, these are formats of the response.
    if (option === undefined && /^(?:json)?$/.test(output)) return undefined;
    if (method === 'GET' && choice !== undefined && pathsWithViews.includes(pathname))
      throw new UsageFailure(`--${choice} cannot be used with ${pathname}`, {
        hints: [`it is for ${pathsWith(choice).join(', ')}`],
      });
    const what = method === 'GET' ? pathname : `the response to ${method}`;
    throw new UsageFailure(
      `${option ?? `--output ${output}`} needs a view, and there is none of ${what}`,
      { hints: [`views are of ${pathsWithViews.join(', ')}`] },
    );
  }
  const readsTwice = view.readsTwice === true || (options.diff && !view.compares);
  const top = parseTop(options.top);
  const labels = labelChoiceOf(options);
  checkView(view, choice, { ...asked, path: pathname, format, labels }, options);
  return {
    labels,
    watchMs: parseWatch(options, format, readsTwice),
    view,
    output: format,
    by: options.by === '' || view.ownBy ? undefined : groupingOf(view, options.by),
    parameters: {
      filters: options.filter,
      by: options.by === '' ? '' : ownGroupingOf(view, options.by),
      // Each look has other first rows, and a row that is not among them is not gone.
      ...{ sortBy: options.sortBy, top: options.watch ? undefined : top },
      isDiff: options.diff,
      intervalMs: parsePositiveDuration('--interval', options.interval || usualInterval),
    },
    readsTwice,
    sortBy: options.sortBy,
    top,
    chart: options.chart,
    noHeaders: options.noHeaders,
  };
}

/** Between two requests of the same. */
const usualInterval = '10s';

function parseWatch(
  { watch, interval }: ViewOptions,
  format: string,
  readsTwice: boolean,
): number | undefined {
  if (!watch) {
    if (interval !== '' && !readsTwice)
      throw new UsageFailure('--interval requires --watch, or --diff of metrics');
    return undefined;
  }
  if (format === 'prometheus')
    throw new UsageFailure('--watch and --output prometheus cannot be used together', {
      hints: ['metrics are of one moment, and Prometheus computes rates: rate(…[5m])'],
    });
  return parsePositiveDuration('--interval', interval || usualInterval);
}

function labelChoiceOf({ labelColumns, showLabels }: ViewOptions): LabelChoice | undefined {
  const keys = labelColumns.flatMap((list) => list.split(','));
  for (const key of keys)
    if (!/^(?:[\w.-]{1,253}\/)?[\w.-]{1,63}$/.test(key))
      throw new UsageFailure(`invalid --label-columns value "${key}": must be the key of a label`);
  return keys.length > 0 || showLabels ? { keys: [...new Set(keys)], all: showLabels } : undefined;
}

/** The request of a view: with what it needs in the query and the headers. */
export function requestOfView<Request extends SentForView>(
  view: ViewEntry,
  request: Request,
): Request {
  const { path, headers } = request;
  const { query, accept } = view;
  return {
    ...request,
    path: hasQuery(view, path) ? path : `${path}${path.includes('?') ? '&' : '?'}${query}`,
    headers: { ...(accept === undefined ? {} : { accept }), ...headers },
  };
}

function hasQuery({ query }: Pick<ViewEntry, 'query'>, path: string): boolean {
  return query === undefined || new URLSearchParams(path.replace(/^[^?]*/, '')).has(query);
}

interface SentForView {
  readonly path: string;
  readonly headers: Readonly<Record<string, string | string[]>>;
}

function choiceOf(options: ViewOptions, path: string): ViewChoice | undefined {
  const [first, second, third] = viewChoices.filter((choice) => options[choice]);
  const isModified = second === 'diff' && findView(path, first)?.takes?.includes(second);
  if (isModified && third === undefined) return first;
  if (second !== undefined)
    throw new UsageFailure(`--${first} and --${second} cannot be used together`);
  return first;
}

/** Undefined where no rows are asked for. With a path, json and nothing are formats of the response. */
function formatOf(asked: Asked, hasOption: boolean): string | undefined {
  const { output, isShortName, hasReader } = asked;
  if (output === '') return hasOption || (isShortName && hasReader) ? 'table' : undefined;
  if (output === 'json') return hasOption || isShortName ? output : undefined;
  const isOfRows = rowFormats.some((each) => each === output) || splitTemplate(output);
  return isOfRows ? output : undefined;
}

/** Of a view that sums by itself; empty for another. */
function ownGroupingOf({ ownBy }: ViewEntry, word: string): string {
  if (!ownBy) return '';
  return ownBy === 'labels' ? word : parseOneOf('--by', word, ownBy);
}

function groupingOf({ by }: ViewEntry, word: string): Grouping {
  if (by.length === 0)
    throw new UsageFailure('--by needs rows of pods, containers or volumes', {
      hints: ['of /stats/summary: --pods, --containers, --volumes; or PATH pods'],
    });
  return parseOneOf('--by', word, by);
}
