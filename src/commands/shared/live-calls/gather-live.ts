import type { ApiServer } from '../../../kube/api-server/api-server.ts';
import {
  callsBetween,
  type LiveCall,
  type LiveCalls,
  type LogEnd,
  newRequests,
  readRequestCounts,
} from '../../../kubelet/live-calls/live-calls.ts';
import { parseLoggedRequest, requestLines } from '../../../kubelet/live-calls/request-log.ts';
import { mapChecked } from '../../../schema.ts';
import { formatDuration } from '../../../text/duration.ts';
import { summarize } from '../../../text/list.ts';
import { journalSplitter, oldestFirst } from '../../shared/logs/journal-entries.ts';
import { failureFilter } from '../../shared/logs/query-failures.ts';
import type { Bodies, BodyView, ExtraPath } from '../rows/body-view.ts';
import { findCallers, type LiveCaller } from './find-callers.ts';

export interface FoundCall extends LiveCall {
  readonly node: string;
  /** The caller; undefined if the log of the kubelet does not show it. */
  readonly by: LiveCaller | undefined;
}

/** Reads the request counters of kubelets twice, and their logs of the time in between. */
export interface LiveReading {
  /** The request for the counters, which is sent twice. Its query identifies both requests in the kubelet's log. */
  readonly request: { readonly path: string; readonly accept: string };
  readonly body: Pick<BodyView, 'extraPaths' | 'secondReading' | 'laterPaths' | 'rows'>;
  /** Finds the callers after all nodes have been read. `notes` are lines for stderr. */
  readonly findCalls: (
    apiServer: ApiServer,
    nodes: readonly string[],
  ) => Promise<{ readonly calls: readonly FoundCall[]; readonly notes: readonly string[] }>;
}

export function openLive(afterMs: number): LiveReading {
  const path = `/metrics?live=${crypto.randomUUID()}`;
  const read = new Map<string, LiveCalls & { readonly hasLog: boolean }>();
  /** Requests that the counters show between the readings, by node. A node is removed when its log has been read. */
  const counted = new Map<string, ReturnType<typeof requestsBetween>>();
  return {
    request: { path, accept: 'text/plain;version=0.0.4' },
    body: {
      extraPaths: [],
      secondReading: { afterMs },
      laterPaths: (bodies, node) => {
        const requests = requestsBetween(bodies);
        counted.set(node, requests);
        return requests.decoded ? [logPath(requests.decoded.value)] : [];
      },
      rows: ({ extra }, node) => {
        const readings = counted.get(node) ?? { problem: 'no readings' };
        counted.delete(node);
        return mapChecked(readings, (requests) => {
          const asked = logPath(requests);
          const log = parseLog(extra[asked], linesFor(requests));
          const end = log && 'requests' in log ? log : undefined;
          read.set(node, { ...callsBetween(requests, end, path), hasLog: end !== undefined });
          const problems = log && 'problem' in log ? { [asked]: log.problem } : {};
          // Rows are made later, from all nodes together.
          return { rows: [], problems };
        });
      },
    },
    findCalls: async (apiServer, nodes) => {
      const found = nodes.flatMap((node) =>
        (read.get(node)?.calls ?? []).map((call) => ({ ...call, node })),
      );
      const hosts = new Set(found.flatMap(({ caller }) => caller?.host ?? []));
      const callers = await findCallers(apiServer, hosts);
      const calls = found.map((call) => ({ ...call, by: call.caller && callers.of(call.caller) }));
      const reaching = (reach: LiveCalls['reach']) =>
        nodes.filter((node) => read.get(node)?.hasLog && read.get(node)?.reach === reach);
      const notes = [...logNotes(reaching), ...callers.notes, ...notesOf(calls, afterMs)];
      return { calls, notes: nodes.length === 0 ? [] : notes.map((note) => `note: ${note}`) };
    },
  };
}

function requestsBetween({ body, earlier }: Pick<Bodies, 'body' | 'earlier'>) {
  const later = readRequestCounts(body);
  const before = readRequestCounts(earlier?.body ?? '');
  if (!before.decoded) return before;
  const { value } = before.decoded;
  return mapChecked(later, (counts) => newRequests(value, counts));
}

type Requests = Parameters<typeof callsBetween>[0];

/** Additional lines, for requests that began before the first reading or came after the second reading. */
const moreLines = 200;
/**
 * Only three numbers of lines are requested, so that many nodes get the same path and their failures can be counted together. Kubelets
 * allow at most 100,000 lines.
 */
const sizes = [1000, 10_000, 100_000] as const;

function linesFor(requests: Requests): number {
  const count = [...requests.values()].reduce((sum, each) => sum + each.count, moreLines);
  return sizes.find((size) => size >= count) ?? sizes[2];
}

/** Limits lines by number, because journalctl would read a time in the node's time zone. */
function logPath(requests: Requests): ExtraPath {
  const pattern = encodeURIComponent(requestLines);
  return `/logs/?query=kubelet&tailLines=${linesFor(requests)}&pattern=${pattern}`;
}

/** Returns undefined if no log was read. */
function parseLog(
  text: string | undefined,
  most: number,
): LogEnd | { readonly problem: string } | undefined {
  if (text === undefined) return undefined;
  if (/^\s*<(?:!doctype|pre)\b/i.test(text))
    return {
      problem:
        'the list of /var/log in place of its log: log queries are off (enableSystemLogQuery)',
    };
  const splitter = journalSplitter(Date.now());
  const filter = failureFilter();
  const lines = text.split(/(?<=\n)/).map(filter.take);
  const [failed] = filter.found;
  if (failed !== undefined) {
    const isUnknownUnit = failed.startsWith('options present');
    return { problem: `no log: ${isUnknownUnit ? 'its journal has no unit kubelet' : failed}` };
  }
  const entries = [...splitter.take(lines.join('')), ...splitter.end()];
  const requests = oldestFirst(entries).flatMap((each) => parseLoggedRequest(each.text) ?? []);
  return { requests, isCut: entries.length >= most };
}

function logNotes(reaching: (reach: LiveCalls['reach']) => readonly string[]): readonly string[] {
  const [none, part] = [reaching('none'), reaching('part')];
  return [
    none.length > 0
      ? `callers are unknown on ${summarize(none, 5)}: a kubelet logs requests from level 3 on (--v=3)`
      : [],
    part.length > 0 ? `the log of ${summarize(part, 5)} has only a part of the time` : [],
  ].flat();
}

function notesOf(calls: readonly FoundCall[], afterMs: number): readonly string[] {
  return [
    calls.some(({ by }) => by?.isNode)
      ? 'node:NAME is whatever sends from the address of that node: its own programs such as kube-apiserver, pods in its network, pods behind address translation'
      : [],
    `what was not called in ${formatDuration(afterMs)} may be called at another time`,
  ].flat();
}
