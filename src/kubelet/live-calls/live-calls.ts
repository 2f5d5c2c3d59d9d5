import type { Checked } from '../../schema.ts';
import { rootOf } from '../authorization.ts';
import { readMetrics } from '../bodies/metrics-text.ts';
import { endpointList } from '../endpoints.ts';
import type { LoggedRequest } from './request-log.ts';

/** Requests of one kind to one kubelet, between two readings of its metrics. */
export interface LiveCall {
  readonly method: string;
  /** The endpoint, such as `/pods`; `/healthz*` if only the first segment is known, `other` if no segment is known. */
  readonly path: string;
  readonly requests: number;
  /** The caller; undefined if the log does not show it. */
  readonly caller?: Pick<LoggedRequest, 'host' | 'userAgent'>;
  /** How often each status was answered; upgraded connections have the key undefined. */
  readonly answers?: ReadonlyMap<number | undefined, number>;
  /** Whether the requests came to the port without authentication. */
  readonly isReadOnlyPort?: true;
}

/** How much of the time between two readings the log of a kubelet covers: `none` if it does not even show our own requests. */
type LogReach = 'whole' | 'part' | 'none';

export interface LiveCalls {
  readonly calls: readonly LiveCall[];
  readonly reach: LogReach;
}

interface Counted {
  readonly method: string;
  /** First segment of the path; for `metrics`, the first two: `metrics/cadvisor`. */
  readonly root: string;
  readonly port: 'readwrite' | 'readonly';
}

/** Requests that a kubelet has counted since it started, by method, first segment and port. */
type RequestCounts = ReadonlyMap<string, Counted & { readonly count: number }>;

const counter = 'kubelet_http_requests_total';
/** Label value by which kubelets count methods and paths that they do not name. */
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

/** Subtracts two readings. A counter that is now lower began again at 0, because the kubelet restarted. */
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
  /** Whether the log has as many lines as were requested. Then earlier lines may be missing. */
  readonly isCut: boolean;
}

type Counting = LiveCall & { requests: number; answers: Map<number | undefined, number> };

/**
 * Returns the requests that a kubelet counted, with their callers as far as its log has them.
 * @param log undefined if it could not be read
 * @param uri URI of both readings and of no other request; its lines in the log mark the beginning and the end
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
  // The second reading counts itself, but is not a call of others.
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

/** Keys of the counters for both ports. The log does not show the port, so the port with authentication is tried first. */
function portsOf(method: string, root: string): readonly string[] {
  return (['readwrite', 'readonly'] as const).map((port) => keyOf({ method, root, port }));
}

function within(log: LogEnd | undefined, uri: string, total: number) {
  if (!log || log.requests.length === 0) return { logged: [], reach: 'none' } as const;
  const { requests, isCut } = log;
  const [one, two] = requests.flatMap((each, index) => (each.uri === uri ? [index] : []));
  // The log lacks our own reading, so that the kubelet no longer logs requests.
  if (one === undefined && !isCut) return { logged: [], reach: 'none' } as const;
  const hasFirst = two !== undefined || !isCut || total < requests.length;
  if (one !== undefined && hasFirst)
    return { logged: requests.slice(one + 1, two), reach: 'whole' } as const;
  return { logged: requests.slice(0, one ?? 0), reach: 'part' } as const;
}

/** Returns the path of an endpoint, or the first segment of another path: later segments name pods and commands. */
function endpointOf(path: string): string {
  const isServed = !path.includes('{') && endpointList.some((each) => each.path === path);
  return isServed ? path : rootOf(path);
}

/** Returns the label for a path. Source: kubernetes `pkg/kubelet/server/server.go`, getURLRootPath. */
function rootLabelOf(path: string): string {
  const [, first = '', second] = path.split('/', 3);
  return first === 'metrics' && second ? `${first}/${second}` : first;
}

function pathOfRoot(root: string): string {
  if (root === other) return other;
  const [one, another] = endpointList.filter(({ path }) => rootLabelOf(path) === root);
  return another ? `/${root}*` : endpointOf(one?.path ?? `/${root}`);
}
