import { Failure, Interrupted } from '../../errors.ts';
import { type Asked, askVerdict } from '../../kube/kubelet/ask-authorization.ts';
import type { Kubelet } from '../../kube/kubelet/kubelet.ts';
import { paused } from '../../kube/pause.ts';
import { openSlots } from '../../kube/slots.ts';
import type { Request } from '../../kube/transport/transport.ts';
import { minorOf } from '../../kubelet/authorization.ts';
import { probesFor } from '../../kubelet/probes.ts';
import type { Node } from '../../objects.ts';
import { type Profile, rulesToAsk } from '../../rbac/profiles.ts';
import { longestMs } from '../../text/duration.ts';
import { openProgress } from '../../text/progress.ts';
import type { KubeletsToWait } from './find-kubelets.ts';
import type { Output } from './options.ts';
import { exitCodeOf, type NodeOutcome, renderOutcomes } from './wait-outcome.ts';

type Wanted = 'allowed' | 'refused';

interface WaitContext {
  readonly stdout: { write(text: string): unknown };
  readonly stderr: { write(text: string): unknown; readonly isTTY?: boolean };
  readonly signal: AbortSignal;
}

/** How many kubelets are asked at once. */
const parallel = 32;

/** Waits until every kubelet follows a profile, and prints those that do not in time. Returns the exit code. */
export async function waitForKubelets(
  { nodes, open }: KubeletsToWait,
  {
    profile,
    want,
    timeoutMs,
    output,
  }: {
    readonly profile: Profile;
    readonly want: Wanted;
    readonly timeoutMs: number;
    readonly output: Output;
  },
  { stdout, stderr, signal }: WaitContext,
): Promise<number> {
  const rules = rulesToAsk(profile);
  const progress = openProgress(stderr, 'waiting for kubelets');
  try {
    const outcomes = await waitForNodes({
      nodes,
      requests: ({ status }) => probesFor(rules, minorOf(status?.nodeInfo?.kubeletVersion)),
      want,
      timeoutMs,
      parallel,
      open,
      signal,
      progress: progress.update,
    });
    progress.end();
    // With -o, stdout is for objects.
    (output === '' ? stdout : stderr).write(renderOutcomes(outcomes));
    return exitCodeOf(outcomes);
  } finally {
    progress.end();
  }
}

export interface WaitSettings {
  readonly nodes: readonly Node[];
  /** What a node is asked; it must give the wanted answer to each. A function where it depends on its version. */
  readonly requests: readonly Request[] | ((node: Node) => readonly Request[]);
  readonly want: Wanted;
  readonly timeoutMs: number;
  /** How many nodes are asked at once. */
  readonly parallel: number;
  /** A Failure ends the wait for that node. */
  readonly open: (node: Node) => Kubelet;
  readonly signal: AbortSignal;
  /** How many nodes of how many are done; called at the start, and when one more is. */
  readonly progress: (done: number, all: number) => void;
}

/**
 * Before the first request, too: a kubelet that is asked before the API servers have seen the change would keep the old
 * answer in its cache: see kubelet/authorization-cache.
 */
const firstPauseMs = 500;
const pauseGrowth = 1.5;
const longestPauseMs = 3_000;

/** In ms for each node that is left: after the first time, thousands are asked about 100 times a second. */
const pauseForEachNodeMs = 10;

/**
 * Waits until every node gives the wanted answer, and returns the outcomes in the order of `nodes`. Asking does not extend
 * the time that a kubelet keeps an answer in its cache. Throws Interrupted when `signal` ends it, and at once what waiting
 * does not fix, such as the API server denying the caller.
 */
export async function waitForNodes(settings: WaitSettings): Promise<readonly NodeOutcome[]> {
  const { nodes, timeoutMs, parallel, signal, progress } = settings;
  if (signal.aborted) throw new Interrupted();
  const ending = new AbortController();
  const end = () => ending.abort();
  const timer = setTimeout(end, Math.min(timeoutMs, longestMs));
  signal.addEventListener('abort', end, { once: true });
  let done = 0;
  const wait = {
    settings,
    ending: ending.signal,
    inSlot: openSlots(parallel),
    shortestPauseMs: () => (nodes.length - done) * pauseForEachNodeMs,
  };
  progress(done, nodes.length);
  try {
    const outcomes = await Promise.all(
      nodes.map(async (node) => {
        const outcome = await waitForNode(node, wait);
        if (outcome.state === 'in effect') {
          done += 1;
          progress(done, nodes.length);
        }
        return outcome;
      }),
    );
    if (signal.aborted) throw new Interrupted();
    return outcomes;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', end);
    end();
  }
}

interface Wait {
  readonly settings: WaitSettings;
  readonly ending: AbortSignal;
  readonly inSlot: ReturnType<typeof openSlots>;
  readonly shortestPauseMs: () => number;
}

const notAsked: Asked = { said: 'nothing', words: 'not asked in time' };
const unanswered: Asked = { said: 'unreachable', words: 'cannot be reached: no answer in time' };

async function waitForNode(
  node: Node,
  { settings, ending, inSlot, shortestPauseMs }: Wait,
): Promise<NodeOutcome> {
  const { requests, want } = settings;
  const left = [...(typeof requests === 'function' ? requests(node) : requests)];
  let last = left.length > 0 ? notAsked : unknown('no read-only request can show it here');
  let isShown = false;
  let isOver = left.length === 0;
  const askLeft = async () => {
    if (ending.aborted) return;
    if (last === notAsked) last = unanswered;
    const kubelet = openKubelet(node, settings);
    if (kubelet instanceof Failure) {
      isOver = true;
      last = { said: 'unreachable', words: kubelet.message };
      return;
    }
    try {
      for (const request of [...left]) {
        const answer = await unlessEnded(askVerdict(kubelet, request), ending);
        if (!answer) return;
        if (answer.said === want) isShown = true;
        else if (answer.said !== 'not served') {
          isOver = answer.said === 'gone';
          last = answer;
          return;
        }
        left.shift();
        last = unanswered;
      }
      isOver = true;
      last = unknown('the kubelet serves no path that can show it');
    } finally {
      // Not kept between two times: there may be more nodes than a process may have connections.
      kubelet.close();
    }
  };
  let pauseMs = firstPauseMs;
  while (!isOver && (await paused(pauseMs, ending))) {
    await inSlot(askLeft);
    pauseMs = Math.max(Math.min(pauseMs * pauseGrowth, longestPauseMs), shortestPauseMs());
  }
  const name = node.metadata?.name ?? '';
  if (isShown && left.length === 0) return { node: name, state: 'in effect', reason: '' };
  return { node: name, ...lateState(node, last, left[0]) };
}

function openKubelet(node: Node, { open }: WaitSettings): Kubelet | Failure {
  try {
    return open(node);
  } catch (error) {
    if (error instanceof Failure) return error;
    throw error;
  }
}

/** Undefined if the wait ends before; the result of the work is then dropped. */
function unlessEnded<T>(work: Promise<T>, ending: AbortSignal): Promise<T | undefined> {
  return new Promise((resolve, reject) => {
    const end = () => resolve(undefined);
    const settled = () => ending.removeEventListener('abort', end);
    if (ending.aborted) end();
    ending.addEventListener('abort', end, { once: true });
    work.then(resolve, reject).finally(settled);
  });
}

function unknown(words: string): Asked {
  return { said: 'nothing', words };
}

function lateState(node: Node, last: Asked, next: Request | undefined): Omit<NodeOutcome, 'node'> {
  switch (last.said) {
    case 'allowed':
      return { state: 'allowed', reason: `still allows ${next?.method} ${next?.path}` };
    case 'refused':
      return { state: 'denied', reason: last.words };
    case 'gone':
      return { state: 'gone', reason: last.words };
    case 'unreachable':
      return { state: isReady(node) ? 'unreachable' : 'not ready', reason: last.words };
    default:
      return { state: 'unknown', reason: 'words' in last ? last.words : '' };
  }
}

/** As the node was when it was listed. */
function isReady({ status }: Node): boolean {
  return (
    status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ?? false
  );
}
