import type { Checked } from '../../schema.ts';
import { rootOf } from '../authorization.ts';
import { readMetrics } from '../bodies/metrics-text.ts';
import { endpointList } from '../endpoints.ts';
import type { LoggedRequest } from './request-log.ts';

/** Requests of one kind at one kubelet, between two readings of its metrics. */
export interface LiveCall {
  readonly method: string;
  /** The endpoint, such as `/pods`; `/healthz*` if only the first segment is known, `other` if not even that. */
  readonly path: string;
  readonly requests: number;
  /** Undefined where the log does not have them. */
  readonly caller?: Pick<LoggedRequest, 'host' | 'userAgent'>;
  /** How often each status was answered; undefined as a key for upgraded connections. */
  readonly answers?: ReadonlyMap<number | undefined, number>;
  /** Whether they came to the port without authentication. */
  readonly isReadOnlyPort?: true;
}

/** How much of the time the log of a kubelet has: `none` if it does not even have our own requests. */
type LogReach = 'whole' | 'part' | 'none';

export interface LiveCalls {
  readonly calls: readonly LiveCall[];
  readonly reach: LogReach;
}

/** The labels by which kubelets count a request. */
interface Counted {
  readonly method: string;
  /** First segment of the path, with the next after `metrics`: `metrics/cadvisor`. */
  readonly root: string;
  readonly port: 'readwrite' | 'readonly';
}

/** Requests that a kubelet has counted since it began, by method, first segment and port. */
type RequestCounts = ReadonlyMap<string, Counted & { readonly count: number }>;

const counter = 'kubelet_http_requests_total';
/** The label of kubelets for requests that they do not count by name. */
const other = 'other';

function keyOf({ method, root, port }: Counted): string {
  return JSON.stringify([method, root, port]);
}

/** Reads the counters of a body of /metrics. */
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

/** Requests between two readings. A kubelet that began anew counts from 0. */
export function newRequests(earlier: RequestCounts, later: RequestCounts): RequestCounts {
  const grown = [...later].map(([key, counted]) => {
    const before = earlier.get(key)?.count ?? 0;
    const count = counted.count < before ? counted.count : counted.count - before;
    return [key, { ...counted, count }] as const;
  });
  return new Map(grown.filter(([, { count }]) => count > 0));
}

/** The end of a kubelet's log, the oldest line first. */
export interface LogEnd {
  readonly requests: readonly LoggedRequest[];
  /** Whether there are as many lines as were asked for: earlier ones may be missing. */
  readonly isCut: boolean;
}

type Counting = LiveCall & { requests: number; answers: Map<number | undefined, number> };

/**
 * The requests that kubelets counted, with their callers as far as its log has them.
 * @param log undefined if it could not be read
 * @param uri of both readings and of no other request: in the log, its lines are where the time begins and ends
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
  // The second reading counts itself.
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

/** A line does not tell the port: most requests come to the one with authentication. */
function portsOf(method: string, root: string): readonly string[] {
  return (['readwrite', 'readonly'] as const).map((port) => keyOf({ method, root, port }));
}

/**
 * The lines from the first reading to the second, or to the end: a journal may not have the second yet. A single reading is the first,
 * unless the log ends before it: more requests were counted than lines were asked for.
 */
function within(log: LogEnd | undefined, uri: string, total: number) {
  if (!log || log.requests.length === 0) return { logged: [], reach: 'none' } as const;
  const { requests, isCut } = log;
  const [one, two] = requests.flatMap((each, index) => (each.uri === uri ? [index] : []));
  // The level has been lowered since those lines.
  if (one === undefined && !isCut) return { logged: [], reach: 'none' } as const;
  const hasFirst = two !== undefined || !isCut || total < requests.length;
  if (one !== undefined && hasFirst)
    return { logged: requests.slice(one + 1, two), reach: 'whole' } as const;
  return { logged: requests.slice(0, one ?? 0), reach: 'part' } as const;
}

/** The path of an endpoint, else its first segment: what follows names pods and commands. */
function endpointOf(path: string): string {
  const isServed = !path.includes('{') && endpointList.some((each) => each.path === path);
  return isServed ? path : rootOf(path);
}

/** Source: kubernetes `pkg/kubelet/server/server.go`, getURLRootPath. */
function rootLabelOf(path: string): string {
  const [, first = '', second] = path.split('/', 3);
  return first === 'metrics' && second ? `${first}/${second}` : first;
}

function pathOfRoot(root: string): string {
  if (root === other) return other;
  const [one, another] = endpointList.filter(({ path }) => rootLabelOf(path) === root);
  return another ? `/${root}*` : endpointOf(one?.path ?? `/${root}`);
}
