import { detailsOf, type FailureOptions, isFailure, messageOf, reworded } from '../../errors.ts';
import { describeNotReady, readyState } from '../../kubelet/readiness.ts';
import type { Node } from '../../objects.ts';
import { statusOfApiServer } from '../api-server/api-server-failure.ts';
import { TransportError } from '../transport/error.ts';
import type { Limits } from '../transport/limits.ts';
import type { HttpResponse, Request } from '../transport/transport.ts';
import { alternating, type Kubelet, longestErrorBody } from './client.ts';
import { detourBy, KubeletFailure } from './kubelet-failure.ts';
import type { PathChoice } from './path-choice.ts';
import { bothFailed, responseFailure } from './response-failure.ts';

export interface TwoPaths {
  readonly node: Node;
  /** Opens the kubelet for direct requests. May throw a KubeletFailure, for example if the node has no address. */
  readonly direct: (limits: Limits) => Kubelet;
  readonly relayed: Kubelet;
  /** Whether a relayed answer shows that the API server reaches the kubelet. */
  readonly provesWay?: boolean;
  /** Limits of a direct request, if it is already known that kubelets are called directly. */
  readonly limits: Limits;
}

/**
 * Opens a kubelet that is called directly. If a direct request fails for a reason other than the caller's permissions, the kubelet is
 * called through the API server. Use it only for requests that read.
 */
export function openAuto(
  { node, direct, relayed, limits, provesWay = true }: TwoPaths,
  choice: PathChoice,
): Kubelet {
  /** The kubelet that the last request used. Later requests use it, too, if it has answered. */
  let used: Kubelet = relayed;
  let isSettled = false;
  const use = (kubelet: Kubelet) => {
    if (kubelet !== used) used.close();
    used = kubelet;
  };

  /** Sends a request directly. Returns a failure if there is no response or the kubelet does not accept the credential. */
  const ask = async (request: Request, own: Limits): Promise<HttpResponse | KubeletFailure> => {
    try {
      const kubelet = direct(own);
      use(kubelet);
      const response = await kubelet.send(request);
      if (response.status !== 401) return response;
      return responseFailure(kubelet, request, await kubelet.read(response, longestErrorBody));
    } catch (error) {
      if (error instanceof KubeletFailure) return error;
      throw error;
    }
  };

  /**
   * Sends a request through the API server.
   *
   * @param left why the direct request failed; undefined if there was no direct request
   */
  const relay = async (request: Request, left?: KubeletFailure): Promise<HttpResponse> => {
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
      const details = [...detailsOf({ directly: messageOf(reason) }), ...error.details];
      throw reworded(error, { kind: error.kind, details });
    } finally {
      leaveSlot();
    }
    const { status } = response;
    if (provesWay && (status < 400 || status === 404)) choice.relayed(node.metadata.name, left);
    const isSlow = left === undefined || isTimeout(left);
    if (status !== 403 || !isSlow || choice.isHopeless) return response;
    // The API server denied nodes/proxy. The direct request may only have been too slow, so that it is tried again with longer limits.
    const denied = await relayed.read(response, longestErrorBody);
    const denial = responseFailure(kubelet, request, denied);
    if (!statusOfApiServer(denied)) throw denial;
    const leave = await choice.lateTurn(limits);
    try {
      if (choice.isHopeless) throw denial;
      const asked = await ask(request, limits);
      if (!(asked instanceof KubeletFailure)) {
        choice.reached(true);
        return asked;
      }
      choice.missedLate();
      throw responseFailure({ ...relayed, left: asked }, request, denied);
    } finally {
      leave();
    }
  };

  const findPath = async (request: Request): Promise<HttpResponse> => {
    const state = readyState(node);
    // The Node object says that the kubelet does not answer. The API server is not tried, because it would wait for the kubelet, too.
    if (state === 'Unknown') {
      const asked = await ask(request, choice.limitsOf(limits));
      if (asked instanceof KubeletFailure) throw silent(asked, node);
      return asked;
    }
    const leave = state === 'False' ? () => {} : await choice.turn(limits);
    let left: KubeletFailure;
    try {
      if (choice.via === 'apiserver') return await relay(request);
      const asked = await ask(request, choice.limitsOf(limits));
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
    return relay(request, left);
  };

  return alternating(
    () => used,
    async (request) => {
      if (isSettled)
        return used.send(request).catch((error: unknown): never => {
          // The next request chooses the path again.
          if (error instanceof KubeletFailure && detourBy(error)) {
            isSettled = false;
            choice.reconsider();
          }
          throw error;
        });
      const response = await findPath(request);
      isSettled = true;
      return response;
    },
  );
}

/** Returns a kubelet that the user chose to call directly. Stores whether this works, for commands without --via. */
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

function isTimeout({ cause }: KubeletFailure): boolean {
  return cause instanceof TransportError && cause.code === 'timeout' && !cause.isSent;
}

function silent(failure: KubeletFailure, node: Node): KubeletFailure {
  return retold(failure, {
    details: [{ label: 'why', text: describeNotReady(node) }, ...failure.details],
    hints: ['through the API server, which may wait for 30s: --via apiserver', ...failure.hints],
  });
}

/**
 * Returns the failure for a kubelet that does not answer although other kubelets are reached directly. The API server is not tried, because
 * it would also wait for this kubelet.
 */
function atFault(failure: KubeletFailure): KubeletFailure {
  const other = 'other kubelets are reached directly; through the API server: --via apiserver';
  return retold(failure, { details: failure.details, hints: [...failure.hints, other] });
}

/** Returns the failure of a direct request with other details and hints, for a kubelet that was not called through the API server. */
function retold(
  { message, why, cause }: KubeletFailure,
  more: Required<Pick<FailureOptions, 'details' | 'hints'>>,
): KubeletFailure {
  return new KubeletFailure(message, { why, cause, ...more });
}
