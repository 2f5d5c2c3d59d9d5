import { type FailureOptions, isFailure, messageOf, reworded } from '../../errors.ts';
import { describeNotReady, readyState } from '../../kubelet/readiness.ts';
import type { Node } from '../../objects.ts';
import { parseStatus } from '../api-server/api-server-failure.ts';
import { TransportError } from '../transport/error.ts';
import type { Limits } from '../transport/limits.ts';
import type { HttpResponse, Request } from '../transport/transport.ts';
import { alternating, type Kubelet, longestErrorBody } from './client.ts';
import { detourBy, KubeletFailure } from './kubelet-failure.ts';
import type { PathChoice } from './path-choice.ts';
import { bothFailed, responseFailure } from './response-failure.ts';

/** The kubelet of a node by both paths. */
export interface TwoPaths {
  readonly node: Node;
  /** Opened for the first request. May throw a KubeletFailure, such as for a node without an address. */
  readonly direct: (limits: Limits) => Kubelet;
  readonly relayed: Kubelet;
  /** Limits of a direct request, when the path is already known. */
  readonly limits: Limits;
}

/** An answer, and who gave it: that path is used for good. */
interface Answer {
  readonly kubelet: Kubelet;
  readonly response: HttpResponse;
}

/**
 * A kubelet called directly, and through the API server where the direct path fails for a reason that says nothing about what the
 * caller may do. For requests that only read.
 */
export function openAuto(paths: TwoPaths, choice: PathChoice): Kubelet {
  let used: Kubelet = paths.relayed;
  let isSettled = false;
  const use = (kubelet: Kubelet) => {
    if (kubelet !== used) used.close();
    used = kubelet;
  };
  return alternating(
    () => used,
    async (request) => {
      if (isSettled)
        return used.send(request).catch((error: unknown): never => {
          // The next request finds out anew.
          if (error instanceof KubeletFailure && detourBy(error)) {
            isSettled = false;
            choice.reconsider();
          }
          throw error;
        });
      const { kubelet, response } = await findPath(paths, choice, request, use);
      use(kubelet);
      isSettled = true;
      return response;
    },
  );
}

/** A kubelet that the user chose to call directly: the outcome is remembered for commands without --via. */
export function watchDirect(kubelet: Kubelet, node: Node, choice: PathChoice): Kubelet {
  const send = async (request: Request) => {
    try {
      const response = await kubelet.send(request);
      if (response.status !== 401) choice.reached();
      return response;
    } catch (error) {
      if (error instanceof KubeletFailure && detourBy(error)) choice.missed(node, error);
      throw error;
    }
  };
  return Object.assign(Object.create(kubelet) as Kubelet, { send });
}

async function findPath(
  paths: TwoPaths,
  choice: PathChoice,
  request: Request,
  use: (kubelet: Kubelet) => void,
): Promise<Answer> {
  const { node, limits } = paths;
  if (readyState(node) === 'Unknown') return askSilent(paths, choice, request, use);
  const leave = readyState(node) === 'False' ? () => {} : await choice.turn(limits);
  let left: KubeletFailure;
  try {
    if (choice.via === 'apiserver') return await relay(paths, choice, request, use);
    const asked = await ask(paths, request, choice.limitsOf(limits), use);
    if (!(asked instanceof KubeletFailure)) {
      choice.reached();
      return asked;
    }
    left = asked;
    const detour = detourBy(left);
    if (!detour) throw left;
    choice.missed(node, left);
    leave();
    if (detour.isSilence && (await choice.outcome()) === 'direct') throw atFault(left);
  } finally {
    leave();
  }
  return relay(paths, choice, request, use, left);
}

/** One whose Node object says that it does not answer: the API server would wait for it, too. */
async function askSilent(
  paths: TwoPaths,
  choice: PathChoice,
  request: Request,
  use: (kubelet: Kubelet) => void,
): Promise<Answer> {
  const asked = await ask(paths, request, choice.limitsOf(paths.limits), use);
  if (!(asked instanceof KubeletFailure)) return asked;
  throw retold(asked, {
    details: [`why: ${describeNotReady(paths.node)}`, ...asked.details],
    hints: ['through the API server, which may wait for 30s: --via apiserver', ...asked.hints],
  });
}

/** Directly; a failure if nobody answers, or the credential is not accepted. */
async function ask(
  { direct }: TwoPaths,
  request: Request,
  limits: Limits,
  use: (kubelet: Kubelet) => void,
): Promise<Answer | KubeletFailure> {
  try {
    const kubelet = direct(limits);
    use(kubelet);
    const response = await kubelet.send(request);
    if (response.status !== 401) return { kubelet, response };
    return responseFailure(kubelet, request, await kubelet.read(response, longestErrorBody));
  } catch (error) {
    if (error instanceof KubeletFailure) return error;
    throw error;
  }
}

/** Through the API server. `left`: why the direct path did not work; undefined if it was not tried. */
async function relay(
  { node, direct, relayed, limits }: TwoPaths,
  choice: PathChoice,
  request: Request,
  use: (kubelet: Kubelet) => void,
  left?: KubeletFailure,
): Promise<Answer> {
  const reason = left ?? choice.whyNotTried();
  const kubelet: Kubelet = { ...relayed, left: reason };
  use(kubelet);
  const leaveSlot = await choice.proxySlot();
  let response: HttpResponse;
  try {
    response = await relayed.send(request);
  } catch (error) {
    if (error instanceof KubeletFailure) throw bothFailed(kubelet, error, reason, request);
    if (!isFailure(error, 'API server unreachable')) throw error;
    const details = [`directly: ${messageOf(reason)}`, ...error.details];
    throw reworded(error, { kind: error.kind, details });
  } finally {
    leaveSlot();
  }
  const { status } = response;
  if (status < 400 || status === 404) choice.relayed(node.metadata.name, left);
  const isSlow = left === undefined || isTimeout(left);
  if (status !== 403 || !isSlow || choice.isHopeless) return { kubelet, response };
  // A caller without the node proxy may still reach the kubelet over a slow network.
  const denied = await relayed.read(response, longestErrorBody);
  const denial = responseFailure(kubelet, request, denied);
  if (!parseStatus(denied.text)) throw denial;
  const leave = await choice.lateTurn(limits);
  try {
    if (choice.isHopeless) throw denial;
    const asked = await ask({ node, direct, relayed, limits }, request, limits, use);
    if (!(asked instanceof KubeletFailure)) {
      choice.reached(true);
      return asked;
    }
    choice.missedLate();
    throw responseFailure({ ...relayed, left: asked }, request, denied);
  } finally {
    leave();
  }
}

function isTimeout({ cause }: KubeletFailure): boolean {
  return cause instanceof TransportError && cause.code === 'timeout' && !cause.isSent;
}

/** Where others are reached, the API server would only wait for this one. */
function atFault(failure: KubeletFailure): KubeletFailure {
  const other = 'other kubelets are reached directly; through the API server: --via apiserver';
  return retold(failure, { details: failure.details, hints: [...failure.hints, other] });
}

/** The failure of a direct path that is the only one. */
function retold(
  { message, why, cause }: KubeletFailure,
  more: Required<Pick<FailureOptions, 'details' | 'hints'>>,
): KubeletFailure {
  return new KubeletFailure(message, { why }, { cause, ...more });
}
