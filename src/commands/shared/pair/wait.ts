import type { Context } from '../../../context.ts';
import { exitCodeOf, Failure, Interrupted } from '../../../errors.ts';
import { forEachNode } from '../../../kube/for-each-node.ts';
import {
  type AskedAuthorization,
  askAuthorization,
} from '../../../kube/kubelet-client/ask-authorization.ts';
import type { Kubelet } from '../../../kube/kubelet-client/client.ts';
import type { Limits } from '../../../kube/transport/limits.ts';
import type { Request } from '../../../kube/transport/transport.ts';
import { paused, within } from '../../../kube/within.ts';
import { minorOf, rootOf } from '../../../kubelet/authorization.ts';
import { finerGate, showsGateOff } from '../../../kubelet/finer-permissions.ts';
import { probesFor } from '../../../kubelet/probes.ts';
import { readyState } from '../../../kubelet/readiness.ts';
import type { Node } from '../../../objects.ts';
import { type Profile, rulesToAsk } from '../../../rbac/profiles.ts';
import { longestMs } from '../../../text/duration.ts';
import { summarize } from '../../../text/list.ts';
import { openProgress } from '../../../text/progress.ts';
import { renderTable } from '../../../text/table.ts';
import type { KubeletsToWait } from './find-kubelets.ts';
import type { PlanFormat } from './plan-reporter.ts';

interface Waiting {
  readonly profile: Pick<Profile, 'rules' | 'ownRole'>;
  readonly want: 'allowed' | 'denied';
  readonly timeoutMs: number;
}

/** Waits until kubelets follow, and prints those that do not. Returns the exit code. */
export async function waitForKubelets(
  kubelets: KubeletsToWait,
  { output, ...waiting }: Waiting & { readonly output: PlanFormat },
  { stdout, stderr, signal }: Context,
): Promise<number> {
  using progress = openProgress(stderr, 'waiting for kubelets');
  const { update } = progress;
  const outcomes = await waitForNodes({ ...kubelets, ...waiting, signal, progress: update });
  progress.end();
  const late = outcomes.filter(({ state }) => state !== 'in effect');
  const rows = late.map(({ node, state, reason }) => [node, state, reason]);
  // With -o, only objects are written to stdout.
  if (late.length > 0)
    (output === '' ? stdout : stderr).write(renderTable(['NODE', 'STATE', 'REASON'], rows));
  const [one, many] = waiting.want === 'allowed' ? ['allows', 'allow'] : ['denies', 'deny'];
  const words = outcomes.length === 1 ? `kubelet ${one}` : `kubelets ${many}`;
  stderr.write(`${outcomes.length - late.length} of ${outcomes.length} ${words} it\n`);
  const closing = outcomes.filter(({ closed }) => closed.length > 0);
  const roots = [...new Set(closing.flatMap(({ closed }) => closed.map(rootOf)))];
  if (closing.length > 0)
    stderr.write(
      `note: ${finerGate} is off, so that ${roots.join(', ')} needs nodes/proxy: ${summarize(closing, 5, ({ node }) => node)}\n`,
    );
  return exitCodeOf({ all: outcomes.length, failed: late.length });
}

export interface WaitSettings extends KubeletsToWait, Waiting {
  readonly signal: AbortSignal;
  /** Called at the start and after each finished node, with the number of finished nodes and the number of all nodes. */
  readonly progress: (done: number, all: number) => void;
}

const parallel = 32;

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
const longestPauseMs = 3_000;

/** Pause in ms per remaining node. It limits a wait for thousands of nodes to about 100 nodes a second after the first round. */
const pauseForEachNodeMs = 10;

interface Outcome {
  /** `denied` and `allowed` are the last answer of a kubelet that did not give the wanted answer in time. */
  readonly state:
    | 'in effect'
    | 'denied'
    | 'allowed'
    | 'unreachable'
    | 'not ready'
    | 'gone'
    | 'unknown';
  readonly reason: string;
}

export interface NodeOutcome extends Outcome {
  readonly node: string;
  /** Paths for which the kubelet checks only nodes/proxy, although kubelets of its version can check finer permissions. */
  readonly closed: readonly string[];
}

interface NodeWait {
  readonly node: Node;
  readonly minor: number;
  /** Requests without the wanted answer so far. */
  readonly left: Request[];
  readonly closed: string[];
  outcome: Outcome;
  /** Whether at least one request got the wanted answer. Paths that the kubelet does not serve do not count. */
  isShown: boolean;
  isOver: boolean;
}

/**
 * Sends test requests to all nodes in rounds until every request gets the wanted answer. Returns the outcomes in the order of `nodes`. A
 * repeated request does not extend the time for which a kubelet caches an answer. Throws Interrupted when `signal` aborts. Immediately
 * throws errors that waiting cannot fix, such as a denial by the API server.
 */
export async function waitForNodes(settings: WaitSettings): Promise<readonly NodeOutcome[]> {
  const { nodes, profile, timeoutMs, signal, progress } = settings;
  if (signal.aborted) throw new Interrupted();
  const waits = nodes.map((node) => startWait(node, profile));
  const failing = new AbortController();
  const late = AbortSignal.timeout(Math.ceil(Math.min(timeoutMs, longestMs)));
  const ending = AbortSignal.any([signal, late, failing.signal]);
  let done = 0;
  progress(done, nodes.length);
  const round = {
    ...{ parallel, timeoutMs: visitMs, signal: ending, progress: () => {}, interrupted: () => {} },
    visit: async (wait: NodeWait, limits: Limits) => {
      await askOnce(wait, settings, { ...limits, connectMs }, ending);
      if (wait.outcome === inEffect) progress(++done, nodes.length);
    },
  };
  const unfinished = () => waits.filter(({ isOver }) => !isOver);
  try {
    let pauseMs = firstPauseMs;
    while (unfinished().length > 0 && (await paused(pauseMs, ending))) {
      await forEachNode(unfinished(), round);
      const grown = Math.min(pauseMs * 1.5, longestPauseMs);
      pauseMs = Math.max(grown, (nodes.length - done) * pauseForEachNodeMs);
    }
    if (signal.aborted) throw new Interrupted();
    return waits.map(({ node, outcome, closed }) => ({
      ...{ node: node.metadata.name, ...outcome, closed },
    }));
  } finally {
    failing.abort();
  }
}

const inEffect: Outcome = { state: 'in effect', reason: '' };
const notAsked = unknown('not asked in time');
const unanswered = {
  verdict: 'unreachable',
  words: 'cannot be reached: no answer in time',
} as const;

function unknown(reason: string): Outcome {
  return { state: 'unknown', reason };
}

function startWait(node: Node, profile: Waiting['profile']): NodeWait {
  const minor = minorOf(node.status?.nodeInfo?.kubeletVersion);
  const left = [...probesFor(rulesToAsk(profile), minor)];
  const isOver = left.length === 0;
  const outcome = isOver ? unknown('no read-only request can show it here') : notAsked;
  return { node, minor, left, closed: [], outcome, isShown: false, isOver };
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
  const { node, left, closed } = wait;
  const end = (outcome: Outcome) => {
    wait.isOver = true;
    wait.outcome = outcome;
  };
  if (wait.outcome === notAsked) wait.outcome = outcomeOf(node, unanswered);
  let kubelet: Kubelet;
  try {
    kubelet = open(node, limits);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return end(outcomeOf(node, { verdict: 'unreachable', words: error.message }));
  }
  try {
    for (const request of [...left]) {
      const ask = () => askAuthorization(kubelet, request);
      const answer = await within(ending, Number.POSITIVE_INFINITY, () => new Interrupted(), ask);
      if (answer.verdict === want) wait.isShown = true;
      else if (answer.verdict === 'denied' && showsGateOff(answer.words, request, wait.minor))
        closed.push(request.path);
      else if (answer.verdict !== 'not served') {
        wait.isOver = answer.verdict === 'gone';
        wait.outcome = outcomeOf(node, answer, request);
        return;
      }
      left.shift();
      wait.outcome = outcomeOf(node, unanswered);
    }
  } finally {
    // Closes the connection after each round, because a process cannot keep connections to thousands of nodes open.
    kubelet.close();
  }
  const why =
    closed.length > 0
      ? `${finerGate} is off: it allows ${closed.join(', ')} only by nodes/proxy`
      : 'the kubelet serves no path that can show it';
  end(wait.isShown ? inEffect : unknown(why));
}

function outcomeOf(node: Node, answer: AskedAuthorization, asked?: Request): Outcome {
  const reason = 'words' in answer ? answer.words : '';
  switch (answer.verdict) {
    case 'allowed':
      return { state: 'allowed', reason: `still allows ${asked?.method} ${asked?.path}` };
    case 'denied':
    case 'gone':
      return { state: answer.verdict, reason };
    case 'unreachable':
      return { state: readyState(node) === 'True' ? 'unreachable' : 'not ready', reason };
    default:
      return unknown(reason);
  }
}
