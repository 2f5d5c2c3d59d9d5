import type { Checked } from '../../schema.ts';
import { rootOf } from '../authorization.ts';
import { readMetrics } from '../bodies/metrics-text.ts';
import { endpointList } from '../endpoints.ts';
import type { LoggedRequest } from './request-log.ts';

/** Requests of one kind to one kubelet, counted between two reads of its metrics. */
export interface LiveCall {
  readonly method: string;
  /**
   * Path of the endpoint, such as `/pods`. If only its first segment is known, this segment with `*`, such as `/healthz*`. `other` if the
   * path is unknown.
   */
  readonly path: string;
  readonly requests: number;
  readonly caller?: Pick<LoggedRequest, 'host' | 'userAgent'>;
  /** Number of responses by status. The key `undefined` holds the number of upgraded connections. */
  readonly answers?: ReadonlyMap<number | undefined, number>;
  /** True if the requests were sent to the read-only port, which requires no authentication. */
  readonly isReadOnlyPort?: true;
}

/**
 * How much of the time between two reads of the metrics is covered by the kubelet's log. `none`: the log does not even contain this
 * program's own requests.
 */
type LogReach = 'whole' | 'part' | 'none';

export interface LiveCalls {
  readonly calls: readonly LiveCall[];
  readonly reach: LogReach;
}

interface Counted {
  readonly method: string;
  /** First segment of the path. If it is `metrics`, the first two segments: `metrics/cadvisor`. */
  readonly root: string;
  readonly port: 'readwrite' | 'readonly';
}

/** Requests that a kubelet has counted since it started. The keys contain method, first segment and port. */
type RequestCounts = ReadonlyMap<string, Counted & { readonly count: number }>;

const counter = 'kubelet_http_requests_total';
/** Label value under which kubelets count all methods and paths without a label value of their own. */
const other = 'other';

function keyOf({ method, root, port }: Counted): string {
  return JSON.stringify([method, root, port]);
}

export function readRequestCounts(body: string): Checked<RequestCounts> {
  const counts = new Map<string, Counted & { readonly count: number }>();
  const fault = readMetrics(body, ({ metric, labels, value }) => {
    if (metric !== counter) return undefined;
    const named = Object.fromEntries(
      Array.from({ length: labels.length / 2 }, (_, at) => [labels[2 * at], labels[2 * at + 1]]),
    ) as Readonly<Record<string, string | undefined>>;
    const { method = other, path: root = other, server_type } = named;
    const port = server_type === 'readonly' ? server_type : 'readwrite';
    const key = keyOf({ method, root, port });
    const count = Number(value) + (counts.get(key)?.count ?? 0);
    counts.set(key, { method, root, port, count });
    return undefined;
  });
  if (fault !== undefined) return { problem: `no metrics: ${fault}` };
  return counts.size > 0
    ? { decoded: { value: counts } }
    : { problem: `metrics without ${counter}` };
}

/**
 * Subtracts the earlier counters from the later ones. A counter that is lower than before began again at 0, because the kubelet
 * restarted.
 */
export function newRequests(earlier: RequestCounts, later: RequestCounts): RequestCounts {
  const grown = [...later].map(([key, counted]) => {
    const before = earlier.get(key)?.count ?? 0;
    const count = counted.count < before ? counted.count : counted.count - before;
    return [key, { ...counted, count }] as const;
  });
  return new Map(grown.filter(([, { count }]) => count > 0));
}

export interface LogEnd {
  readonly requests: readonly LoggedRequest[];
  /** Whether the log has as many lines as were requested, so that earlier lines may be missing. */
  readonly isCut: boolean;
}

type Counting = LiveCall & { requests: number; answers: Map<number | undefined, number> };

/**
 * Returns the requests that a kubelet counted, with their callers if the log contains them.
 * @param log undefined if the log could not be read
 * @param uri URI of the two requests by which this program read the metrics. No other request has this URI, so the log lines of the two
 * mark the beginning and the end.
 */
export function callsBetween(
  counted: RequestCounts,
  log: LogEnd | undefined,
  uri: string,
): LiveCalls {
  const total = [...counted.values()].reduce((sum, { count }) => sum + count, 0);
  const { logged, reach } = within(log, uri, total);
  const left = new Map([...counted].map(([key, { count }]) => [key, count]));
  const take = (method: string, root: string) => {
    const key = [method, other]
      .flatMap((verb) => [root, other].flatMap((part) => portsOf(verb, part)))
      .find((each) => (left.get(each) ?? 0) > 0);
    if (key !== undefined) left.set(key, (left.get(key) ?? 0) - 1);
  };
  // Leaves out this program's second request for the metrics. The counters in its response already include the request itself.
  take('GET', 'metrics');
  const calls = new Map<string, Counting>();
  for (const { method, uri, host, userAgent, status } of logged) {
    const path = uri.split('?', 1)[0] ?? '';
    take(method, rootLabelOf(path));
    const named = endpointOf(path);
    const key = JSON.stringify([method, named, host, userAgent]);
    const call = calls.get(key) ?? {
      ...{ method, path: named, caller: { host, userAgent } },
      ...{ requests: 0, answers: new Map() },
    };
    call.requests += 1;
    call.answers.set(status, (call.answers.get(status) ?? 0) + 1);
    calls.set(key, call);
  }
  const unknown = [...counted].flatMap(([key, { method, root, port }]): readonly LiveCall[] => {
    const requests = left.get(key) ?? 0;
    const isReadOnlyPort = port === 'readonly' && { isReadOnlyPort: true as const };
    return requests > 0 ? [{ method, path: pathOfRoot(root), requests, ...isReadOnlyPort }] : [];
  });
  return { calls: [...calls.values(), ...unknown], reach };
}

/**
 * Returns the keys of the counters for both ports, because the log does not show the port. The port with authentication comes
 * first.
 */
function portsOf(method: string, root: string): readonly string[] {
  return (['readwrite', 'readonly'] as const).map((port) => keyOf({ method, root, port }));
}

function within(log: LogEnd | undefined, uri: string, total: number) {
  if (!log || log.requests.length === 0) return { logged: [], reach: 'none' } as const;
  const { requests, isCut } = log;
  const [one, two] = requests.flatMap((each, index) => (each.uri === uri ? [index] : []));
  // If the log does not contain this program's own request, the kubelet does not log requests.
  if (one === undefined && !isCut) return { logged: [], reach: 'none' } as const;
  const hasFirst = two !== undefined || !isCut || total < requests.length;
  if (one !== undefined && hasFirst)
    return { logged: requests.slice(one + 1, two), reach: 'whole' } as const;
  return { logged: requests.slice(0, one ?? 0), reach: 'part' } as const;
}

/**
 * Returns the path if it is an endpoint's path, otherwise only its first segment, because later segments contain names of pods and
 * commands.
 */
function endpointOf(path: string): string {
  const isServed = !path.includes('{') && endpointList.some((each) => each.path === path);
  return isServed ? path : rootOf(path);
}

/**
 * Returns the value of the label `path` under which kubelets count this path.
 * Source: kubernetes `pkg/kubelet/server/server.go`, getURLRootPath.
 */
function rootLabelOf(path: string): string {
  const [, first = '', second] = path.split('/', 3);
  return first === 'metrics' && second ? `${first}/${second}` : first;
}

function pathOfRoot(root: string): string {
  if (root === other) return other;
  const [one, another] = endpointList.filter(({ path }) => rootLabelOf(path) === root);
  return another ? `/${root}*` : endpointOf(one?.path ?? `/${root}`);
}
