import type { Context } from '../../../context.ts';
import { exitCodeOf, Failure, Interrupted } from '../../../errors.ts';
import { forEachNode } from '../../../kube/for-each-node.ts';
import {
  type AskedAuthorization,
  askAuthorization,
} from '../../../kube/kubelet-client/ask-authorization.ts';
import type { Kubelet } from '../../../kube/kubelet-client/client.ts';
import { readings } from '../../../kube/readings.ts';
import type { Limits } from '../../../kube/transport/limits.ts';
import type { Request } from '../../../kube/transport/transport.ts';
import { paused, within } from '../../../kube/within.ts';
import { minorOf } from '../../../kubelet/authorization.ts';
import { finerGate, showsGateOff } from '../../../kubelet/finer-permissions.ts';
import { probesFor } from '../../../kubelet/probes.ts';
import { readyState } from '../../../kubelet/readiness.ts';
import type { Node } from '../../../objects.ts';
import { type Profile, rulesToAsk } from '../../../rbac/profiles.ts';
import { longestMs } from '../../../text/duration.ts';
import { openProgress } from '../../../text/progress.ts';
import type { KubeletsToWait } from './find-kubelets.ts';
import type { PlanFormat } from './plan-reporter.ts';
import { late, type NodeOutcome, renderOutcomes, renderWaited } from './wait-outcome.ts';

type Wanted = 'allowed' | 'denied';

const parallel = 32;

interface Waiting {
  readonly profile: Profile;
  readonly want: Wanted;
  readonly timeoutMs: number;
  readonly output: PlanFormat;
}

export async function waitForKubelets(
  kubelets: KubeletsToWait,
  { profile, want, timeoutMs, output }: Waiting,
  { stdout, stderr, signal }: Context,
): Promise<number> {
  const rules = rulesToAsk(profile);
  using progress = openProgress(stderr, 'waiting for kubelets');
  const outcomes = await waitForNodes({
    ...{ ...kubelets, want, timeoutMs, parallel, signal },
    requests: (minor) => probesFor(rules, minor),
    progress: progress.update,
  });
  progress.end();
  // With -o, only objects are written to stdout.
  (output === '' ? stdout : stderr).write(renderOutcomes(outcomes));
  stderr.write(renderWaited(outcomes, want));
  return exitCodeOf({ all: outcomes.length, failed: late(outcomes).length });
}

export interface WaitSettings extends KubeletsToWait {
  /** Returns the test requests for a kubelet of this minor version. The change is in effect when each request gets the wanted answer. */
  readonly requests: (minor: number) => readonly Request[];
  readonly want: Wanted;
  readonly timeoutMs: number;
  readonly parallel: number;
  readonly signal: AbortSignal;
  /** Called at the start and after each finished node, with the number of finished nodes and the number of all nodes. */
  readonly progress: (done: number, all: number) => void;
}

/**
 * Time limit in ms for all requests that one round sends to a node. Without this limit, an unreachable node would delay the round for
 * longer.
 */
const visitMs = 10_000;
const connectMs = 5_000;

/**
 * Pause in ms before the first round. If a kubelet were asked before the API servers apply the change, it would cache the old answer
 * (see kubelet/authorization-cache).
 */
const firstPauseMs = 500;
const pauseGrowth = 1.5;
const longestPauseMs = 3_000;

/** Pause in ms per remaining node. It limits a wait for thousands of nodes to about 100 nodes a second after the first round. */
const pauseForEachNodeMs = 10;

/**
 * Sends test requests to all nodes in rounds until every request gets the wanted answer. Returns the outcomes in the order of `nodes`. A
 * repeated request does not extend the time for which a kubelet caches an answer. Throws Interrupted when `signal` aborts. Immediately
 * throws errors that waiting cannot fix, such as a denial by the API server.
 */
export async function waitForNodes(settings: WaitSettings): Promise<readonly NodeOutcome[]> {
  const { nodes, parallel, signal, progress } = settings;
  if (signal.aborted) throw new Interrupted();
  const waits = nodes.map((node) => startWait(node, settings));
  const failing = new AbortController();
  const late = AbortSignal.timeout(Math.ceil(Math.min(settings.timeoutMs, longestMs)));
  const ending = AbortSignal.any([signal, late, failing.signal]);
  let done = 0;
  progress(done, nodes.length);
  const visit = async (wait: NodeWait, limits: Limits) => {
    await askOnce(wait, settings, { ...limits, connectMs }, ending);
    if (isInEffect(wait)) progress(++done, nodes.length);
  };
  const round = {
    parallel,
    timeoutMs: visitMs,
    signal: ending,
    progress: () => {},
    visit,
    interrupted: () => {},
  };
  const unfinished = () => waits.filter(({ isOver }) => !isOver);
  const ask = async () => {
    await forEachNode(unfinished(), round);
    return unfinished().length;
  };
  let lastPauseMs = firstPauseMs;
  const pauseMs = () => {
    const grown = Math.min(lastPauseMs * pauseGrowth, longestPauseMs);
    lastPauseMs = Math.max(grown, (nodes.length - done) * pauseForEachNodeMs);
    return lastPauseMs;
  };
  try {
    if (unfinished().length > 0 && (await paused(firstPauseMs, ending)))
      for await (const left of readings(ask, { pauseMs, signal: ending })) if (left === 0) break;
    if (signal.aborted) throw new Interrupted();
    return waits.map(outcomeOf);
  } finally {
    failing.abort();
  }
}

interface NodeWait {
  readonly node: Node;
  readonly minor: number;
  /** Requests without the wanted answer so far. */
  readonly left: Request[];
  /** Paths for which the kubelet checks only nodes/proxy, although kubelets of its version can check finer permissions. */
  readonly closed: string[];
  last: AskedAuthorization;
  /** Whether at least one request got the wanted answer. Paths that the kubelet does not serve do not count. */
  isShown: boolean;
  isOver: boolean;
}

const notAsked: AskedAuthorization = { verdict: 'unknown', words: 'not asked in time' };
const unanswered: AskedAuthorization = {
  verdict: 'unreachable',
  words: 'cannot be reached: no answer in time',
};

function startWait(node: Node, { requests }: WaitSettings): NodeWait {
  const minor = minorOf(node.status?.nodeInfo?.kubeletVersion);
  const left = [...requests(minor)];
  const isOver = left.length === 0;
  const last = isOver ? unknown('no read-only request can show it here') : notAsked;
  return { node, minor, left, closed: [], last, isShown: false, isOver };
}

/**
 * Sends the remaining requests one after another. Stops at the first request that does not get the wanted answer. Throws Interrupted if
 * the wait ends first.
 */
async function askOnce(
  wait: NodeWait,
  { want, open }: WaitSettings,
  limits: Limits,
  ending: AbortSignal,
): Promise<void> {
  if (wait.last === notAsked) wait.last = unanswered;
  const kubelet = openKubelet(wait.node, open, limits);
  if (kubelet instanceof Failure) {
    wait.isOver = true;
    wait.last = { verdict: 'unreachable', words: kubelet.message };
    return;
  }
  try {
    for (const request of [...wait.left]) {
      const ask = () => askAuthorization(kubelet, request);
      const answer = await within(ending, Number.POSITIVE_INFINITY, () => new Interrupted(), ask);
      if (answer.verdict === want) wait.isShown = true;
      else if (answer.verdict === 'denied' && showsGateOff(answer.words, request, wait.minor)) {
        wait.closed.push(request.path);
        wait.left.shift();
        continue;
      } else if (answer.verdict !== 'not served') {
        wait.isOver = answer.verdict === 'gone';
        wait.last = answer;
        return;
      }
      wait.left.shift();
      wait.last = unanswered;
    }
    wait.isOver = true;
    wait.last = unknown(
      wait.closed.length > 0
        ? `${finerGate} is off: it allows ${wait.closed.join(', ')} only by nodes/proxy`
        : 'the kubelet serves no path that can show it',
    );
  } finally {
    // Closes the connection after each round, because a process cannot keep connections to thousands of nodes open.
    kubelet.close();
  }
}

function isInEffect({ isShown, left }: NodeWait): boolean {
  return isShown && left.length === 0;
}

function openKubelet(node: Node, open: KubeletsToWait['open'], limits: Limits): Kubelet | Failure {
  try {
    return open(node, limits);
  } catch (error) {
    if (error instanceof Failure) return error;
    throw error;
  }
}

function unknown(words: string): AskedAuthorization {
  return { verdict: 'unknown', words };
}

function outcomeOf(wait: NodeWait): NodeOutcome {
  const name = wait.node.metadata.name;
  const { closed } = wait;
  const more = closed.length > 0 ? { closed } : {};
  if (isInEffect(wait)) return { node: name, state: 'in effect', reason: '', ...more };
  return { node: name, ...lateState(wait), ...more };
}

function lateState({ node, last, left: [next] }: NodeWait): Omit<NodeOutcome, 'node' | 'closed'> {
  switch (last.verdict) {
    case 'allowed':
      return { state: 'allowed', reason: `still allows ${next?.method} ${next?.path}` };
    case 'denied':
      return { state: 'denied', reason: last.words };
    case 'gone':
      return { state: 'gone', reason: last.words };
    case 'unreachable':
      return {
        state: readyState(node) === 'True' ? 'unreachable' : 'not ready',
        reason: last.words,
      };
    default:
      return { state: 'unknown', reason: 'words' in last ? last.words : '' };
  }
}
