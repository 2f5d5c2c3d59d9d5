import { Failure, Interrupted } from '../../../errors.ts';
import type { Known } from '../../../known.ts';
import type { ApiServer } from '../../../kube/api-server/api-server.ts';
import { apiServerFailure } from '../../../kube/api-server/api-server-failure.ts';
import { type Kubelet, longestErrorBody } from '../../../kube/kubelet-client/client.ts';
import { TransportError } from '../../../kube/transport/error.ts';
import type { Limits } from '../../../kube/transport/limits.ts';
import type { HttpResponse, Request, TextResponse } from '../../../kube/transport/transport.ts';
import { oneLine } from '../../../kubelet/authorization-result.ts';
import { findStreamCause, type Occurrence } from '../../../kubelet/causes/causes.ts';
import { parseKubeletDenial } from '../../../kubelet/denial.ts';
import { findRelayedFailure } from '../../../kubelet/explain/relayed-failure.ts';
import { parseApiServerDenial } from '../../../rbac/api-server-denial.ts';
import type { DirectDoor } from '../../shared/door/open-door.ts';
import { type FailedProbe, interruptedProbe, type Probe } from '../probe.ts';

/** Ways to a node, and limits for each request. `apiServer` is undefined if the kubelet was given by its address. */
export interface Ways {
  readonly apiServer: ApiServer | undefined;
  readonly access: Known<DirectDoor>;
  readonly limits: Limits;
  readonly signal: AbortSignal;
}

type Untimed<P> = P extends { readonly ms: number } ? Omit<P, 'ms'> : P;

export type Judged = Untimed<Probe>;
export type JudgedFailure = Untimed<FailedProbe>;

export interface Judges {
  readonly response: (response: TextResponse) => Judged;
  readonly failure: (failure: Failure, transport: TransportError | undefined) => Judged;
  readonly head?: (response: HttpResponse) => void;
}

/** Sends one request. Returns failures of the node or of the connection to it, instead of throwing them. */
export async function sendProbe(
  { send, read }: Pick<Kubelet, 'send' | 'read'>,
  request: Request,
  judges: Judges,
  signal: AbortSignal,
): Promise<Probe> {
  const start = performance.now();
  const judged = await judge();
  const ms = Math.round(performance.now() - start);
  return judged.result === 'not-asked' ? judged : { ...judged, ms };

  async function judge(): Promise<Judged> {
    try {
      const response = await send(request);
      judges.head?.(response);
      return judges.response(await read(response, longestErrorBody));
    } catch (error) {
      if (error instanceof Interrupted && signal.aborted) return interruptedProbe;
      if (!(error instanceof Failure)) throw error;
      return judges.failure(error, error.cause instanceof TransportError ? error.cause : undefined);
    }
  }
}

export function failedResponse(
  by: FailedProbe['component'],
  found: Occurrence,
  { label }: Pick<Kubelet, 'label'>,
  { status, text }: TextResponse,
): JudgedFailure {
  const speaker =
    by === 'apiserver'
      ? 'the API server'
      : by === 'intermediary'
        ? `something other than the ${label}`
        : `the ${label}`;
  const message = `${speaker} answered ${status}: ${oneLine(text) || '(empty)'}`;
  return { result: 'failed', component: by, ...found, message };
}

export function deniedByKubelet(
  kubelet: Pick<Kubelet, 'label'>,
  response: TextResponse,
): JudgedFailure | undefined {
  const denial = response.status === 403 ? parseKubeletDenial(response.text) : undefined;
  if (!denial) return undefined;
  const cause = denial.user === 'system:anonymous' ? 'no-credential-accepted' : 'forbidden';
  return { ...failedResponse('kubelet', { cause }, kubelet, response), denial };
}

/**
 * Finds the cause in a Status object of the API server. The cause may lie in the caller, in the node, or in the connection to the kubelet.
 */
export function failedApiServer(response: TextResponse, isStream: boolean): JudgedFailure {
  const { status } = response;
  const { words: message } = apiServerFailure(response);
  const failed = (by: FailedProbe['component'], found: Occurrence): JudgedFailure => ({
    ...{ result: 'failed', component: by, message, ...found },
    ...(isStream && { hop: 'caller-to-apiserver' }),
  });
  if (status === 401) return failed('apiserver', { cause: 'no-credential-accepted' });
  const found = isStream ? findStreamCause(status, message, 'apiserver-to-kubelet') : undefined;
  if (found?.cause === 'upgrade-dropped') return failed('intermediary', found);
  if (found?.pattern?.hop === 'kubelet-to-container-runtime')
    return { ...failed('container-runtime', found), hop: found.pattern.hop };
  // If a 403 does not contain the message of an authorizer, it comes from an admission plugin or a proxy.
  if (status === 403) {
    // Since 1.35, a WebSocket also needs the verb create. If create is denied, the denial ends with "is forbidden: " and gives no reason.
    const isOfAuthorizer =
      parseApiServerDenial(message) !== undefined || (isStream && /is forbidden: ?$/.test(message));
    return failed(isOfAuthorizer ? 'apiserver' : 'intermediary', { cause: 'forbidden' });
  }
  if (status === 404 && !isStream) return failed('apiserver', { cause: 'node-gone' });
  const other = findRelayedFailure(message) ?? found ?? { cause: 'apiserver-cannot-reach-node' };
  return { ...failed('apiserver', other), hop: undefined };
}
