import { Failure } from '../../errors.ts';
import { oneLine, type Verdict, verdictOf } from '../../kubelet/authorization-answer.ts';
import { describeTransport } from '../../kubelet/cause.ts';
import { parseApiServerRefusal } from '../../rbac/api-server-refusal.ts';
import { apiServerFailure, parseStatus } from '../api-server/api-server.ts';
import { TransportError } from '../transport/error.ts';
import type { Answer, Request, TextAnswer } from '../transport/transport.ts';
import { answerFailure } from './answer-failure.ts';
import { type Kubelet, longestRefusal } from './kubelet.ts';

/** A kubelet's verdict, or why there is none. `gone`: the API server has no such node. */
export type Asked = Verdict | { readonly said: 'unreachable' | 'gone'; readonly words: string };

/**
 * Asks once whether a kubelet authorizes a request. Throws what waiting will not mend: the API server refuses the caller,
 * or there is no credential to ask with.
 */
export async function askVerdict(kubelet: Kubelet, request: Request): Promise<Asked> {
  try {
    let answer = await ask(kubelet, request);
    // The first 401 has had a credential plugin run again: the second one stands.
    if (answer.status === 401 && isApiServers(kubelet, answer))
      answer = await ask(kubelet, request);
    return isApiServers(kubelet, answer)
      ? verdictOfApiServer(kubelet, request, answer)
      : verdictOf(answer.status, answer.text);
  } catch (error) {
    if (!(error instanceof Failure && error.cause instanceof TransportError)) throw error;
    return { said: 'unreachable', words: unreachable(kubelet, error, error.cause) };
  }
}

async function ask(kubelet: Kubelet, request: Request): Promise<TextAnswer> {
  const answer = await kubelet.send(request);
  try {
    return await kubelet.read(answer, longestRefusal);
  } catch (error) {
    if (!isSuccess(answer) || !(error instanceof Failure)) throw error;
    // Its head has told all that is asked here.
    return { status: answer.status, text: '' };
  }
}

function isSuccess({ status }: Answer): boolean {
  return status >= 200 && status < 300;
}

/** Kubelets say no in plain text, the API server in a Status. */
function isApiServers({ via }: Kubelet, { status, text }: TextAnswer): boolean {
  return via === 'apiserver' && status >= 400 && parseStatus(text) !== undefined;
}

function verdictOfApiServer(kubelet: Kubelet, request: Request, answer: TextAnswer): Asked {
  const { status } = answer;
  const said = apiServerFailure(answer);
  if (status === 401 || (status === 403 && parseApiServerRefusal(said.words)))
    throw callerRefused(answerFailure(kubelet, request, answer));
  const words = oneLine(said.words);
  if (status === 404) return { said: 'gone', words };
  return status === 429
    ? { said: 'nothing', words }
    : { said: 'unreachable', words: `cannot be reached: ${words}` };
}

function callerRefused(refused: Failure): Failure {
  return new Failure(refused.message, {
    prefix: refused.prefix,
    cause: refused.cause,
    details: [
      'That is the API server refusing you, not a kubelet: kubelets cannot be asked whether the change is in force there.',
      ...refused.details,
    ],
    hints: refused.hints,
  });
}

const late: Readonly<Record<TransportError['stage'], string>> = {
  proxy: 'no answer of the proxy in time',
  connect: 'no connection in time',
  handshake: 'no TLS handshake in time',
  answer: 'no answer in time',
  body: 'its answer did not end in time',
};

function unreachable({ via }: Kubelet, failure: Failure, facts: TransportError): string {
  // Before the request was sent, it is the API server that was not reached, and the failure says so.
  const noServer = via === 'apiserver' && facts.stage !== 'answer' && facts.stage !== 'body';
  if (noServer) return oneLine(failure.message);
  const why = facts.code === 'timeout' ? late[facts.stage] : describeTransport(facts);
  return `cannot be reached: ${oneLine(why)}`;
}
