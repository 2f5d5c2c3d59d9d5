import type { LiveCall } from '../../kubelet/live-calls/live-calls.ts';
import { permissionOf } from '../../kubelet/live-calls/live-evidence.ts';
import type { View } from '../../text/column.ts';
import { groupsOf } from '../../text/groups.ts';
import { compareTexts } from '../../text/sort-rows.ts';
import type { FoundCall } from '../shared/live-calls/gather-live.ts';

/** Requests from one caller for one URL path of kubelets. Unknown fields are absent. */
export interface LiveCallRow {
  /** `serviceaccount:NAMESPACE:NAME` of a pod, `node:NAME` if the address belongs to a node, or the address. */
  readonly caller: string | undefined;
  /** Programs that the caller's pod or user agent identifies, separated by commas. */
  readonly agent: string | undefined;
  /** HTTP method. `other` if the metrics of kubelets do not name the method. */
  readonly method: string;
  /**
   * Path of the endpoint, such as `/pods`. In `/healthz*`, only the first segment of the path is known. `other` means that the path is
   * unknown.
   */
  readonly path: string;
  /** @asType integer */
  readonly requests: number;
  /** @asType integer */
  readonly nodes: number;
  /** Least permission that allows the request on kubelets of version 1.33 or later. */
  readonly permission: string | undefined;
  /** HTTP status codes, each with its number of responses, such as `200 (12), 403 (3)`. */
  readonly answers: string | undefined;
  readonly userAgent: string | undefined;
  /** Pods of the caller as NAMESPACE/NAME, separated by commas. */
  readonly pods: string | undefined;
  /** Addresses of the caller, separated by commas. */
  readonly addresses: string | undefined;
  /** Whether the requests came to the read-only port of kubelets, which does not authenticate callers. */
  readonly isReadOnlyPort: boolean;
  /** Names of the called nodes, separated by commas. */
  readonly nodeNames: string;
}

/** Rows of unknown callers come last. */
export function liveCallRows(calls: readonly FoundCall[]): readonly LiveCallRow[] {
  return groupsOf(calls, ({ by, caller, method, path, isReadOnlyPort }) =>
    JSON.stringify([by?.name, by?.agents, caller?.userAgent, method, path, isReadOnlyPort]),
  )
    .map(rowOf)
    .sort(
      (a, b) =>
        Number(a.caller === undefined) - Number(b.caller === undefined) ||
        compareTexts(a.caller ?? '', b.caller ?? '') ||
        compareTexts(a.path, b.path),
    );
}

function rowOf(calls: readonly [FoundCall, ...FoundCall[]]): LiveCallRow {
  const [{ by, caller, method, path, isReadOnlyPort = false }] = calls;
  const joined = (textsOf: (call: FoundCall) => string | undefined) =>
    [...new Set(calls.flatMap((call) => textsOf(call) ?? []))].sort(compareTexts).join(',');
  const nodes = new Set(calls.map(({ node }) => node));
  return {
    ...{ caller: by?.name, agent: by?.agents.join(',') || undefined, method, path },
    requests: calls.reduce((sum, { requests }) => sum + requests, 0),
    nodes: nodes.size,
    permission: isReadOnlyPort ? undefined : formatPermission({ method, path }),
    answers: answersOf(calls) || undefined,
    userAgent: caller?.userAgent,
    pods: joined((call) => call.by?.pod) || undefined,
    addresses: joined((call) => call.caller?.host) || undefined,
    isReadOnlyPort,
    nodeNames: joined(({ node }) => node),
  };
}

function formatPermission(call: Pick<LiveCall, 'method' | 'path'>): string | undefined {
  if (!call.path.startsWith('/')) return undefined;
  const { verb, subresource } = permissionOf(call);
  return `${verb || '*'} nodes/${subresource}`;
}

function answersOf(calls: readonly FoundCall[]): string {
  const counts = new Map<string, number>();
  for (const { answers = [] } of calls)
    for (const [status, count] of answers) {
      const text = status === undefined ? 'upgraded' : String(status);
      counts.set(text, (counts.get(text) ?? 0) + count);
    }
  return [...counts].map(([status, count]) => `${status} (${count})`).join(', ');
}

export const liveCallsView: View<LiveCallRow> = {
  kind: 'KubeletCallList',
  columns: [
    { head: 'CALLER', key: 'caller', unit: 'text', absent: '<unknown>' },
    { head: 'AGENT', key: 'agent', unit: 'text' },
    { head: 'METHOD', key: 'method', unit: 'text' },
    { head: 'PATH', key: 'path', unit: 'text' },
    { head: 'REQUESTS', key: 'requests', unit: 'count' },
    { head: 'NODES', key: 'nodes', unit: 'count' },
    { head: 'PERMISSION', key: 'permission', unit: 'text', wide: true, absent: '<unknown>' },
    { head: 'ANSWERS', key: 'answers', unit: 'text', wide: true, absent: '<unknown>' },
    { head: 'USER AGENT', key: 'userAgent', unit: 'text', wide: true },
    { head: 'PODS', key: 'pods', unit: 'text', wide: true },
    { head: 'ADDRESSES', key: 'addresses', unit: 'text', wide: true },
    { head: 'READ-ONLY PORT', key: 'isReadOnlyPort', unit: 'text', wide: true },
    { head: 'NAMES', key: 'nodeNames', unit: 'text', wide: true },
  ],
};
