import { paintOf } from '../../cli/color.ts';
import type { KubeletInvocation } from '../../cli/kubelets.ts';
import type { TargetRequest } from '../../cli/node-options.ts';
import type { Sink } from '../../cli/write-output.ts';
import { exitCodes, Failure, formatError, messageOf, orFailure } from '../../errors.ts';
import {
  type Kubelet,
  longestErrorBody,
  openLogViaApiServer,
} from '../../kube/kubelet-client/client.ts';
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
import { findKubelet, pathNotes } from '../shared/fleet/find-kubelet.ts';
import { findTargets, type KubeletTarget } from '../shared/fleet/find-targets.ts';
import type { OpenFleet } from '../shared/fleet/open-fleet.ts';
import { checkText } from '../shared/logs/not-text.ts';
import { printLines } from '../shared/logs/print-lines.ts';
import {
  type ContainerChoice,
  type LogSource,
  type PodSelection,
  sourcesOf,
  titleOf,
} from './log-sources.ts';

/** Logs of several containers. */
export interface ManyLogs extends ContainerChoice {
  readonly target: TargetRequest;
  /** Undefined for the pods of the kubelet that the target names, which `isOfPod` chooses from. */
  readonly selection: PodSelection | undefined;
  readonly isOfPod: (pod: Pod) => boolean;
  /** Query of /containerLogs for containers that are there from the start. */
  readonly query: string;
  /** The same for those that start later, and for instances that follow: their log from its start. */
  readonly laterQuery: string;
  readonly follow: boolean;
  readonly timeoutMs: number;
  readonly hasPrefix: boolean;
  readonly maxLogRequests: number;
  /** Whether a line is printed; undefined for all. */
  readonly isShown: ((line: string) => boolean) | undefined;
}

/** In ms, between looks for new pods and restarted containers. */
const pollMs = 2000;

/** In ms. A log that broke is read again from this long before. */
const resumeMs = 5000;

/** Whether it fails again: a denial, and what is no text. */
function isFinal(failure: Failure): boolean {
  if (failure.kind === 'not text') return true;
  return failure instanceof KubeletFailure && /^40[134]$/.test(String(failure.status));
}

/** Opens the logs, and prints their lines. */
export class LogPrinter {
  readonly #logs: ManyLogs;
  readonly #fleet: OpenFleet;
  readonly #invocation: KubeletInvocation;
  readonly #list: () => Promise<readonly Pod[]>;
  readonly #sink: Sink;
  /** As seen last, by id; a source that is gone is not in it. */
  #sources: ReadonlyMap<string, LogSource> = new Map();
  readonly #failures: { readonly source: LogSource; readonly failure: Failure }[] = [];
  /** Sources of which something was printed. */
  readonly #begun = new Set<string>();
  /** Sources that are followed and whose log has ended, until another instance starts. */
  readonly #idle = new Set<string>();
  readonly #hues = new Map<string, number>();

  constructor(
    logs: ManyLogs,
    fleet: OpenFleet,
    invocation: KubeletInvocation,
    list: () => Promise<readonly Pod[]>,
  ) {
    this.#logs = logs;
    this.#fleet = fleet;
    this.#invocation = invocation;
    this.#list = list;
    const { stdout, signal } = invocation.context;
    this.#sink = { stdout, signal };
  }

  async run(pods: readonly Pod[]): Promise<number> {
    const { follow, maxLogRequests, container } = this.#logs;
    const { stderr, signal } = this.#invocation.context;
    const sources = this.#see(pods);
    if (sources.length === 0)
      throw new Failure(
        pods.length === 0
          ? 'no pods found'
          : `no pod has a container ${escapeControlLine(container)}`,
      );
    if (follow && sources.length > maxLogRequests)
      throw new Failure(
        `--follow opens a request for each container: ${sources.length} are more than --max-log-requests ${maxLogRequests}`,
        { hints: [`re-run with --max-log-requests ${sources.length}`] },
      );
    if (follow) await this.#followAll(sources);
    else await this.#printAll(sources);
    const isVerbose = Number(this.#invocation.globals.verbosity) > 0;
    stderr.write(pathNotes(this.#fleet.access, isVerbose) + this.#renderFailures());
    if (signal.aborted) return exitCodes.interrupted;
    if (this.#failures.length === 0) return exitCodes.ok;
    return this.#failures.length < sources.length ? exitCodes.someFailed : exitCodes.error;
  }

  async #printAll(sources: readonly LogSource[]): Promise<void> {
    for (const source of sources) {
      if (this.#invocation.context.signal.aborted) return;
      const failure = await this.#attempt(source, this.#logs.query);
      if (failure) this.#failures.push({ source, failure });
    }
  }

  /** Follows each source to its end, and those that come, until all have ended or, with a selector, an interrupt. */
  async #followAll(first: readonly LogSource[]): Promise<void> {
    const { signal } = this.#invocation.context;
    const following = new Map<string, Promise<void>>();
    const begin = (source: LogSource, query: string) => {
      const followed = this.#followOne(source, query).finally(() => {
        following.delete(source.id);
        this.#idle.delete(source.id);
      });
      following.set(source.id, followed);
    };
    for (const source of first) begin(source, this.#logs.query);
    const { selection } = this.#logs;
    // More pods may come of all but names.
    const isLasting = selection?.labels !== '' || selection.workloads.length > 0;
    const known = new Set(first.map(({ id }) => id));
    const waiting = new Set<string>();
    let unseen = '';
    // Where all have failed, others would fail alike.
    const isLost = () => following.size === 0 && this.#failures.length >= known.size;
    while ((isLasting || following.size > 0) && !isLost() && !signal.aborted) {
      await Promise.race([
        paused(pollMs, signal),
        ...(isLasting ? [] : [Promise.all(following.values())]),
      ]);
      const pods = await orFailure(this.#list());
      // The next list may be read again.
      if (pods instanceof Failure) {
        if (pods.message !== unseen && !signal.aborted)
          this.#tell(`warning: new pods and restarts are not seen: ${messageOf(pods)}`);
        unseen = pods.message;
        continue;
      }
      unseen = '';
      for (const source of this.#see(pods)) {
        if (known.has(source.id)) continue;
        if (following.size - this.#idle.size < this.#logs.maxLogRequests) {
          known.add(source.id);
          begin(source, this.#logs.laterQuery);
        } else if (!waiting.has(source.id)) {
          waiting.add(source.id);
          this.#tell(
            `warning: ${titleOf(source)} is followed when another log ends: --max-log-requests ${this.#logs.maxLogRequests} is reached`,
          );
        }
      }
    }
    await Promise.all(following.values());
  }

  /** One instance of the container after the other. */
  async #followOne(start: LogSource, firstQuery: string): Promise<void> {
    const { signal } = this.#invocation.context;
    let source: LogSource | undefined = start;
    let query = firstQuery;
    let printed: number | undefined;
    let brokenAt: number | undefined;
    let told = '';
    while (source && !signal.aborted) {
      const { instance, isOver } = source;
      if (instance !== undefined && (printed === undefined || instance > printed)) {
        this.#idle.delete(source.id);
        // By the clock of the node, nothing that it wrote meanwhile is lost.
        const since =
          brokenAt === undefined ? 0 : Math.ceil((Date.now() - brokenAt + resumeMs) / 1000);
        const failure = await this.#attempt(
          source,
          since === 0 ? query : `${this.#logs.laterQuery}&sinceSeconds=${since}`,
        );
        if (failure) {
          const isBegun = this.#begun.delete(source.id);
          const more = isBegun ? '; it is followed again, and its last lines may be repeated' : '';
          if (isBegun || failure.message !== told)
            this.#tell(`warning: ${titleOf(source)}: ${messageOf(failure)}${more}`);
          told = failure.message;
          if (isFinal(failure)) {
            this.#failures.push({ source, failure });
            return;
          }
          if (isBegun) brokenAt = Date.now();
        } else {
          printed = instance;
          brokenAt = undefined;
          query = this.#logs.laterQuery;
        }
      } else if (isOver) break;
      else if (printed !== undefined) this.#idle.add(source.id);
      if (!(await paused(pollMs / 2, signal))) return;
      source = this.#sources.get(start.id);
    }
    if (!signal.aborted) this.#tell(`note: the log of ${titleOf(start)} ended`);
  }

  /** Prints a log. Returns why it failed. */
  async #attempt(source: LogSource, query: string): Promise<Failure | undefined> {
    try {
      await this.#print(source, query);
    } catch (error) {
      if (this.#invocation.context.signal.aborted) return undefined;
      if (error instanceof Failure) return error;
      throw error;
    }
    return undefined;
  }

  async #print(source: LogSource, query: string): Promise<void> {
    const { namespace, pod, container } = source;
    const { signal } = this.#invocation.context;
    const kubelet = await this.#open(source);
    try {
      const place = [namespace, pod, container].map(encodeURIComponent).join('/');
      const request = { method: 'GET', path: `/containerLogs/${place}${query && `?${query}`}` };
      const response = await kubelet.send(request);
      if (response.status >= 400)
        throw responseFailure(kubelet, request, await kubelet.read(response, longestErrorBody));
      const { stdout } = this.#sink;
      const chunks = readChunks(kubelet, response, { idleMs: longestMs, signal });
      const { hasPrefix, isShown } = this.#logs;
      await printLines(
        this.#seen(source, checkText(chunks, stdout, kubelet.label)),
        hasPrefix ? `${this.#prefixOf(source)} ` : '',
        this.#sink,
        isShown,
      );
    } finally {
      kubelet.close();
    }
  }

  async #open(source: LogSource): Promise<Kubelet> {
    const { target, follow, timeoutMs } = this.#logs;
    const { access } = this.#fleet;
    const limits = limitsFrom(follow ? longestMs : timeoutMs);
    const kubelet = await this.#targetOf(source);
    const place = { namespace: source.namespace, name: source.pod };
    return findKubelet(kubelet, target, access, limits, ({ name }, left) =>
      openLogViaApiServer(place, name, access.apiServer, limits, left),
    );
  }

  /** The kubelet of a source; of a pod that came later, its node is looked up. */
  async #targetOf({ node, pod }: LogSource): Promise<KubeletTarget> {
    const { found, access, apiServer } = this.#fleet;
    const { target, selection } = this.#logs;
    const [only] = found.targets;
    if (!selection && only) return only;
    if (node === undefined) throw new Failure(`pod ${pod} is not assigned to a node`);
    const known = found.targets.find(({ name }) => name === node);
    if (known) return known;
    const one = { ...target, targets: { kind: 'node', name: node } as const };
    const isByName = access.kubelets === undefined;
    const later = await findTargets(
      one,
      { method: 'GET', path: '/containerLogs' },
      { apiServer, isByName },
    );
    const [first] = later.targets;
    if (!first) throw new Failure(`node ${node} is gone`);
    return first;
  }

  async *#seen(source: LogSource, chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void> {
    for await (const chunk of chunks) {
      this.#begun.add(source.id);
      yield chunk;
    }
  }

  /** As kubectl prints it, in a color of the pod. */
  #prefixOf({ namespace, pod, container }: LogSource): string {
    const name = `${namespace}/${pod}`;
    const hue = this.#hues.get(name) ?? this.#hues.size;
    this.#hues.set(name, hue);
    return paintOf(this.#invocation)(hueOf(hue), `[pod/${pod}/${container}]`);
  }

  #see(pods: readonly Pod[]): readonly LogSource[] {
    const sources = sourcesOf(pods, this.#logs);
    this.#sources = new Map(sources.map((source) => [source.id, source]));
    return sources;
  }

  #tell(line: string): void {
    this.#invocation.context.stderr.write(`${escapeControlLine(line)}\n`);
  }

  /** The first failure of each message in full, and where else it is. */
  #renderFailures(): string {
    if (this.#logs.follow) return '';
    const groups = Map.groupBy(this.#failures, ({ source, failure }) =>
      messageOf(failure).replaceAll(source.pod, '').replaceAll(source.container, ''),
    );
    return [...groups.values()]
      .map(([first, ...more]) => {
        if (!first) return '';
        const rest =
          more.length === 0 ? '' : `and ${counted(more.length, 'more container')} alike\n`;
        return formatError(first.failure, false).text + rest;
      })
      .join('');
  }
}
