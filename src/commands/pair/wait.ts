import { Failure, Interrupted } from '../../errors.ts';
import { type Asked, askVerdict } from '../../kube/kubelet/ask-authorization.ts';
import type { Kubelet } from '../../kube/kubelet/kubelet.ts';
import { paused } from '../../kube/pause.ts';
import { openSlots } from '../../kube/slots.ts';
import type { Limits } from '../../kube/transport/limits.ts';
import type { Request } from '../../kube/transport/transport.ts';
import type { Node } from '../../objects.ts';
import { longestMs } from '../../text/duration.ts';

export interface WaitSettings {
  readonly nodes: readonly Node[];
  /** What a node is asked; all must agree. A function where it depends on the kubelet's version: see probesFor. */
  readonly requests: readonly Request[] | ((node: Node) => readonly Request[]);
  readonly want: 'allowed' | 'refused';
  readonly timeoutMs: number;
  /** How many nodes are asked at once. */
  readonly parallel: number;
  /** By the path that the grant is for, within `waitLimits`. A Failure ends the wait for that node. */
  readonly open: (node: Node) => Kubelet;
  readonly signal: AbortSignal;
  /** How many nodes of how many are there; called at the start, and when one more is. */
  readonly progress: (done: number, all: number) => void;
}

export interface NodeOutcome {
  readonly node: string;
  readonly inForce: boolean;
  /** `refused` and `allowed` are what it last said, when the other was wanted. */
  readonly state:
    | 'in force'
    | 'refused'
    | 'allowed'
    | 'unreachable'
    | 'not ready'
    | 'gone'
    | 'not known';
  /** Why not, in words; empty if it is in force. */
  readonly why: string;
}

/** For one request of a wait, so that a dead node costs no more than that each time. */
export const waitLimits: Limits = { connectMs: 5_000, answerMs: 10_000 };

/**
 * Before the first request, too: a kubelet that is asked before the API servers have seen the change would keep the old
 * answer: see kubelet/authorization-cache.
 */
const firstPauseMs = 500;
const pauseGrowth = 1.5;
const longestPauseMs = 3_000;

/** In ms for each node that is left: after the first time, thousands are asked about 100 times a second. */
const pauseForEachNodeMs = 10;

/**
 * Waits until every node agrees that the requests are allowed, or refused, and tells in the order of `nodes` which do.
 * Asking does not lengthen what a kubelet keeps: it keeps an answer for a time from when it first gave it. Throws
 * Interrupted when `signal` ends it, and at once what waiting will not mend, as when the API server refuses the caller.
 */
export async function waitInForce(settings: WaitSettings): Promise<readonly NodeOutcome[]> {
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
        if (outcome.inForce) {
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
  let last = left.length > 0 ? notAsked : nothing('no harmless request shows it on this kubelet');
  let agreed = false;
  let over = left.length === 0;
  const askLeft = async () => {
    if (ending.aborted) return;
    if (last === notAsked) last = unanswered;
    const kubelet = openKubelet(node, settings);
    if (kubelet instanceof Failure) {
      over = true;
      last = { said: 'unreachable', words: kubelet.message };
      return;
    }
    try {
      for (const request of [...left]) {
        const asked = await unlessEnded(askVerdict(kubelet, request), ending);
        if (!asked) return;
        if (asked.said === want) agreed = true;
        else if (asked.said !== 'not served') {
          over = asked.said === 'gone';
          last = asked;
          return;
        }
        left.shift();
        last = unanswered;
      }
      over = true;
      last = nothing('it serves nothing of what would show it');
    } finally {
      // Not kept between two times: a fleet has more nodes than a process may have connections.
      kubelet.close();
    }
  };
  let pauseMs = firstPauseMs;
  while (!over && (await paused(pauseMs, ending))) {
    await inSlot(askLeft);
    pauseMs = Math.max(Math.min(pauseMs * pauseGrowth, longestPauseMs), shortestPauseMs());
  }
  if (agreed && left.length === 0)
    return { node: nameOf(node), inForce: true, state: 'in force', why: '' };
  return notInForce(node, last, left[0]);
}

function openKubelet(node: Node, { open }: WaitSettings): Kubelet | Failure {
  try {
    return open(node);
  } catch (error) {
    if (error instanceof Failure) return error;
    throw error;
  }
}

/** Undefined if the wait ends before; what the work comes to then is nobody's concern. */
function unlessEnded<T>(work: Promise<T>, ending: AbortSignal): Promise<T | undefined> {
  return new Promise((resolve, reject) => {
    const end = () => resolve(undefined);
    const settled = () => ending.removeEventListener('abort', end);
    if (ending.aborted) end();
    ending.addEventListener('abort', end, { once: true });
    work.then(resolve, reject).finally(settled);
  });
}

function nothing(words: string): Asked {
  return { said: 'nothing', words };
}

function notInForce(node: Node, last: Asked, next: Request | undefined): NodeOutcome {
  const common = { node: nameOf(node), inForce: false };
  switch (last.said) {
    case 'allowed':
      return { ...common, state: 'allowed', why: `still allows ${next?.method} ${next?.path}` };
    case 'refused':
    case 'gone':
      return { ...common, state: last.said, why: last.words };
    case 'unreachable':
      return { ...common, state: isReady(node) ? 'unreachable' : 'not ready', why: last.words };
    default:
      return { ...common, state: 'not known', why: 'words' in last ? last.words : '' };
  }
}

function nameOf({ metadata }: Node): string {
  return metadata?.name ?? '';
}

/** As the node was when it was listed. */
function isReady({ status }: Node): boolean {
  return (
    status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ?? false
  );
}
