import { paintOf } from '../../cli/color.ts';
import type { KubeletInvocation } from '../../cli/kubelets.ts';
import type { FleetChoice } from '../../cli/node-options.ts';
import { checkText, writeOutput } from '../../cli/write-output.ts';
import { Failure, formatError, messageOf, type Outcomes, orFailure } from '../../errors.ts';
import { longestErrorBody, podLog } from '../../kube/kubelet-client/client.ts';
import { KubeletFailure } from '../../kube/kubelet-client/kubelet-failure.ts';
import { readChunks } from '../../kube/kubelet-client/read-chunks.ts';
import { responseFailure } from '../../kube/kubelet-client/response-failure.ts';
import { limitsFrom } from '../../kube/transport/limits.ts';
import { paused } from '../../kube/within.ts';
import type { Pod } from '../../objects.ts';
import { hueOf } from '../../text/color.ts';
import { longestMs } from '../../text/duration.ts';
import { escapeControlLine } from '../../text/escape.ts';
import { counted } from '../../text/list.ts';
import { findTargets, type KubeletTarget } from '../shared/door/find-targets.ts';
import type { OpenFleet } from '../shared/fleet/open-fleet.ts';
import { filterLines, type LineFilter } from '../shared/logs/line-filter.ts';
import { binaryLog, printLines } from '../shared/logs/print-lines.ts';
import type { SelectedPods } from './find-pods.ts';
import {
  type ContainerFilter,
  type LogSource,
  logRequest,
  type PodSelection,
  sourcesOf,
  titleOfSource,
} from './log-sources.ts';

export interface LogsSettings extends ContainerFilter {
  readonly chosen: FleetChoice;
  readonly selection: PodSelection;
  /** Whether pods are found in the list of the only kubelet, not in the API server. */
  readonly isOfKubelet: boolean;
  /** Which of the kubelet's pods are printed. */
  readonly isOfPod: (pod: Pod) => boolean;
  /** Query of /containerLogs for containers that exist at the start. */
  readonly query: string;
  /** Query for containers and instances that start later. It asks for all lines of the log. */
  readonly laterQuery: string;
  readonly follow: boolean;
  readonly timeoutMs: number;
  readonly hasPrefix: boolean;
  readonly maxLogRequests: number;
  /** Undefined to print all lines. */
  readonly isShown: LineFilter | undefined;
}

const pollMs = 2000;

/** If a connection breaks, the log is read again from this many ms before the break. */
const resumeMs = 5000;

/** Whether a retry is useless. */
function isFinal(failure: Failure): boolean {
  if (failure.kind === 'not-text') return true;
  return failure instanceof KubeletFailure && /^40[134]$/.test(String(failure.status));
}

export async function printSources(
  logs: LogsSettings,
  { found, door, apiServer }: OpenFleet,
  invocation: KubeletInvocation,
  { pods, failures: unread }: SelectedPods,
  list: () => Promise<readonly Pod[]>,
): Promise<Outcomes> {
  const { chosen, selection, isOfKubelet, isOne, follow, maxLogRequests, timeoutMs } = logs;
  const { stdout, stderr, signal } = invocation.context;
  let sources: ReadonlyMap<string, LogSource> = new Map();
  const failures: { readonly source: LogSource; readonly failure: Failure }[] = [];
  /** Ids of sources whose log has begun to arrive. */
  const begun = new Set<string>();
  /** Ids of followed sources whose log has ended, until another instance starts. */
  const idle = new Set<string>();
  /** Ids of all sources that were printed or followed. */
  const known = new Set<string>();
  const hues = new Map<string, number>();

  const tell = (line: string) => void stderr.write(`${escapeControlLine(line)}\n`);

  const see = (seen: readonly Pod[], note?: (text: string) => void): readonly LogSource[] => {
    const all = sourcesOf(seen, logs, note);
    sources = new Map(all.map((source) => [source.id, source]));
    return all;
  };

  /**
   * Follows all sources, and the containers of pods that are created later. Returns when all logs have ended. If pods are not chosen by
   * name, returns only after an interrupt, or after all logs have failed.
   */
  const followAll = async (first: readonly LogSource[]): Promise<void> => {
    const following = new Map<string, Promise<void>>();
    /** Also those that have ended, because one may fail while nothing waits for it. */
    const all: Promise<void>[] = [];
    const begin = (source: LogSource, query: string, isNamed = false) => {
      const followed = followOne(source, query, isNamed).finally(() => {
        following.delete(source.id);
        idle.delete(source.id);
      });
      followed.catch(() => {});
      following.set(source.id, followed);
      all.push(followed);
    };
    for (const source of first) begin(source, logs.query, isOne);
    // A selector may match new pods, so following goes on after all logs have ended.
    const isLasting =
      selection.labels !== '' || selection.workloads.length > 0 || selection.pods.length === 0;
    const waiting = new Set<string>();
    let unseen = '';
    // If all logs have failed, following ends, because the logs of new pods would fail in the same way.
    const isLost = () => following.size === 0 && failures.length >= known.size;
    while ((isLasting || following.size > 0) && !isLost() && !signal.aborted) {
      await Promise.race([
        paused(pollMs, signal),
        ...(isLasting ? [] : [Promise.all(following.values())]),
      ]);
      const now = await orFailure(list());
      if (now instanceof Failure) {
        if (now.message !== unseen && !signal.aborted)
          tell(`warning: new pods and restarts are not seen: ${messageOf(now)}`);
        unseen = now.message;
        continue;
      }
      unseen = '';
      for (const source of see(now)) {
        if (known.has(source.id)) continue;
        if (following.size - idle.size < maxLogRequests) {
          known.add(source.id);
          begin(source, logs.laterQuery);
        } else if (!waiting.has(source.id)) {
          waiting.add(source.id);
          tell(
            `warning: ${titleOfSource(source)} is followed when another log ends: --max-log-requests ${maxLogRequests} is reached`,
          );
        }
      }
    }
    await Promise.all(all);
  };

  /** Follows the instances of a container one after the other. @param isNamed whether it is the only one, and of the pod that was named */
  const followOne = async (
    start: LogSource,
    firstQuery: string,
    isNamed: boolean,
  ): Promise<void> => {
    let source: LogSource | undefined = start;
    let query = firstQuery;
    let printed: number | undefined;
    let brokenAt: number | undefined;
    let lastMessage = '';
    while (source && !signal.aborted) {
      const { isOver } = source;
      // As in kubectl, the kubelet says what keeps the container of a named pod from starting.
      const instance = source.instance ?? (isNamed && printed === undefined ? 0 : undefined);
      if (instance !== undefined && (printed === undefined || instance > printed)) {
        idle.delete(source.id);
        // Sends sinceSeconds and not sinceTime, because the clock of the node may differ from the clock of this machine.
        const since =
          brokenAt === undefined ? 0 : Math.ceil((Date.now() - brokenAt + resumeMs) / 1000);
        const failure = await print(
          source,
          since === 0 ? query : `${logs.laterQuery}&sinceSeconds=${since}`,
        );
        if (failure) {
          const isBegun = begun.delete(source.id);
          if (isNamed && !isBegun && printed === undefined && brokenAt === undefined) throw failure;
          const more = isBegun ? '; it is followed again, and its last lines may be repeated' : '';
          if (isBegun || failure.message !== lastMessage)
            tell(`warning: ${titleOfSource(source)}: ${messageOf(failure)}${more}`);
          lastMessage = failure.message;
          if (isFinal(failure)) {
            failures.push({ source, failure });
            return;
          }
          if (isBegun) brokenAt = Date.now();
        } else {
          printed = instance;
          brokenAt = undefined;
          query = logs.laterQuery;
        }
      } else if (isOver) break;
      else if (printed !== undefined) idle.add(source.id);
      if (!(await paused(pollMs / 2, signal))) return;
      source = sources.get(start.id);
    }
    if (!signal.aborted) tell(`note: the log of ${titleOfSource(start)} ended`);
  };

  const print = async (source: LogSource, query: string): Promise<Failure | undefined> => {
    try {
      await printLog(source, query);
      return undefined;
    } catch (error) {
      if (signal.aborted) return undefined;
      if (error instanceof Failure) return error;
      throw error;
    }
  };

  const printLog = async (source: LogSource, query: string): Promise<void> => {
    const { namespace, pod, id } = source;
    const limits = limitsFrom(follow ? longestMs : timeoutMs);
    using kubelet = door.one(await targetOf(source), limits, {
      relay: podLog({ namespace, name: pod }),
    });
    const request = logRequest(source, query);
    const response = await kubelet.send(request);
    if (response.status >= 400)
      throw responseFailure(kubelet, request, await kubelet.read(response, longestErrorBody));
    const chunks = readChunks(kubelet, response, { idleMs: longestMs, signal });
    const seen = async function* () {
      for await (const chunk of checkText(chunks, stdout, () => binaryLog(kubelet.label))) {
        begun.add(id);
        yield chunk;
      }
    };
    const prefix = logs.hasPrefix ? `${prefixOf(source)} ` : '';
    const shown = logs.isShown ? filterLines(seen(), logs.isShown) : seen();
    if (!isOne || logs.isShown || logs.hasPrefix)
      return await printLines(shown, prefix, { stdout, signal });
    for await (const chunk of shown) await writeOutput({ stdout, signal }, chunk);
  };

  const targetOf = async ({ node, pod }: LogSource): Promise<KubeletTarget> => {
    const [only] = found.targets;
    if (isOfKubelet && only) return only;
    if (node === undefined) throw new Failure(`pod ${pod} is not assigned to a node`);
    const known = found.targets.find(({ name }) => name === node);
    if (known) return known;
    const later = await findTargets(
      { ...chosen, kubelets: { kind: 'node', name: node } },
      { method: 'GET', path: '/containerLogs' },
      { apiServer, isByName: door.direct === undefined },
    );
    const [first] = later.targets;
    if (!first) throw new Failure(`node ${node} is gone`);
    return first;
  };

  /** Returns the prefix that kubectl prints, in the color of the pod. */
  const prefixOf = ({ namespace, pod, container }: LogSource): string => {
    const name = `${namespace}/${pod}`;
    const hue = hues.get(name) ?? hues.size;
    hues.set(name, hue);
    return paintOf(invocation)(hueOf(hue), `[pod/${pod}/${container}]`);
  };

  const first = see(pods, (text) => tell(`note: ${text}`));
  if (first.length === 0)
    throw (
      unread[0] ??
      new Failure(
        pods.length === 0
          ? 'no pods found'
          : `no pod has a container ${escapeControlLine(logs.container)}`,
      )
    );
  if (follow && first.length > maxLogRequests)
    throw new Failure(
      `--follow opens a request for each container: ${first.length} are more than --max-log-requests ${maxLogRequests}`,
      { hints: [`re-run with --max-log-requests ${first.length}`] },
    );
  for (const { id } of first) known.add(id);
  const unreadErrors = unread.map((failure) => formatError(failure, false).text).join('');
  if (follow) {
    stderr.write(unreadErrors);
    await followAll(first);
  } else {
    for (const source of first) {
      const failure = signal.aborted ? undefined : await print(source, logs.query);
      if (failure && isOne) throw failure;
      if (failure) failures.push({ source, failure });
    }
    stderr.write(door.notes(Number(invocation.globals.verbosity) > 0));
    stderr.write(unreadErrors + renderFailures(failures));
  }
  return {
    signal,
    all: known.size + unread.length,
    failed: failures.length + unread.length,
  };
}

function renderFailures(
  failures: readonly { readonly source: LogSource; readonly failure: Failure }[],
): string {
  const groups = Map.groupBy(failures, ({ source, failure }) =>
    messageOf(failure).replaceAll(source.pod, '').replaceAll(source.container, ''),
  );
  return [...groups.values()]
    .map(([first, ...more]) => {
      if (!first) return '';
      const rest = more.length === 0 ? '' : `and ${counted(more.length, 'more container')} alike\n`;
      return formatError(first.failure, false).text + rest;
    })
    .join('');
}
