import { Failure, reworded } from '../../errors.ts';
import {
  type AuthorizationResult,
  oneLine,
  readAuthorization,
} from '../../kubelet/authorization-result.ts';
import { describeTransport } from '../../kubelet/causes/causes.ts';
import { parseApiServerDenial } from '../../rbac/api-server-denial.ts';
import { apiServerFailure, statusOfApiServer } from '../api-server/api-server-failure.ts';
import { TransportError } from '../transport/error.ts';
import type { Request, TextResponse } from '../transport/transport.ts';
import { type Kubelet, longestErrorBody } from './client.ts';
import { responseFailure } from './response-failure.ts';

/** A kubelet's verdict on a request, or the reason why there is no verdict: `gone` means that the Node object does not exist. */
export type AskedAuthorization =
  | AuthorizationResult
  | { readonly verdict: 'unreachable' | 'gone'; readonly words: string };

/**
 * Sends a request, and reads from the response whether the kubelet authorizes it. Throws an error if a retry cannot help: the API server
 * denies the caller, or the caller has no credential.
 */
export async function askAuthorization(
  kubelet: Kubelet,
  request: Request,
): Promise<AskedAuthorization> {
  try {
    let response = await ask(kubelet, request);
    // Repeats the request once after a 401, because the 401 made a credential plugin run again.
    if (response.status === 401 && isFromApiServer(kubelet, response))
      response = await ask(kubelet, request);
    return isFromApiServer(kubelet, response)
      ? readApiServerResponse(kubelet, request, response)
      : readAuthorization(response.status, response.text);
  } catch (error) {
    if (!(error instanceof Failure && error.cause instanceof TransportError)) throw error;
    return { verdict: 'unreachable', words: unreachable(kubelet, error, error.cause) };
  }
}

async function ask(kubelet: Kubelet, request: Request): Promise<TextResponse> {
  const response = await kubelet.send(request);
  try {
    return await kubelet.read(response, longestErrorBody);
  } catch (error) {
    const { status } = response;
    if (status < 200 || status >= 300 || !(error instanceof Failure)) throw error;
    // The kubelet authorized the request if the status is 2xx; the body is not needed.
    return { status, text: '' };
  }
}

/** Errors of the API server are Status objects; errors of a kubelet are plain text. */
function isFromApiServer({ via }: Kubelet, response: TextResponse): boolean {
  return via === 'apiserver' && response.status >= 400 && statusOfApiServer(response) !== undefined;
}

function readApiServerResponse(
  kubelet: Kubelet,
  request: Request,
  response: TextResponse,
): AskedAuthorization {
  const { status } = response;
  const failure = apiServerFailure(response);
  if (status === 401 || (status === 403 && parseApiServerDenial(failure.words)))
    throw callerDenied(responseFailure(kubelet, request, response));
  const words = oneLine(failure.words);
  if (status === 404) return { verdict: 'gone', words };
  return status === 429
    ? { verdict: 'unknown', words }
    : { verdict: 'unreachable', words: `cannot be reached: ${words}` };
}

function callerDenied(denied: Failure): Failure {
  return reworded(denied, {
    details: [
      'The API server denied this request, not a kubelet: the change cannot be checked on kubelets.',
      ...denied.details,
    ],
  });
}

const late: Readonly<Record<TransportError['stage'], string>> = {
  proxy: 'no answer from the proxy in time',
  connect: 'no connection in time',
  handshake: 'no TLS handshake in time',
  response: 'no answer in time',
  body: 'its answer did not end in time',
};

function unreachable({ via }: Kubelet, failure: Failure, facts: TransportError): string {
  // If the request was not sent, the API server cannot be reached. The message of the failure already says this.
  if (via === 'apiserver' && !facts.isSent) return oneLine(failure.message);
  const why = facts.code === 'timeout' ? late[facts.stage] : describeTransport(facts);
  return `cannot be reached: ${oneLine(why)}`;
}
