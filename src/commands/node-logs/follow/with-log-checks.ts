import { Failure } from '../../../errors.ts';
import type { Kubelet } from '../../../kube/kubelet-client/client.ts';
import { readChunks } from '../../../kube/kubelet-client/read-chunks.ts';
import { BorrowedBytes } from '../../../kube/transport/memory.ts';
import type { HttpResponse, Request } from '../../../kube/transport/transport.ts';
import { command } from '../../../text/command.ts';
import { escapeControlLines } from '../../../text/escape.ts';
import { locationOf } from '../../shared/fleet/fleet-report.ts';
import { filterLines } from '../../shared/logs/line-filter.ts';
import { wholeLines } from '../../shared/logs/whole-lines.ts';
import type { LogRequest } from '../log-request.ts';
import { namesInListing } from '../rotated-files.ts';
import { fileOf } from './ask-range.ts';
import { idleMs } from './poll.ts';
import { placeBeforeLines } from './read-file.ts';
import { checkedQuery } from './read-query.ts';

/**
 * Wraps a kubelet. The wrapped kubelet returns the names in a folder as lines of text. It throws for a failed query, which kubelets answer
 * with status 200.
 */
export function withLogChecks(
  { kind, tail, isShown }: LogRequest,
  signal: AbortSignal,
): (kubelet: Kubelet) => Kubelet {
  const sendPart: typeof sendFile = (kubelet, request) =>
    tail === undefined
      ? sendFile(kubelet, request, signal)
      : sendTail(kubelet, request, tail, signal);
  const send = { query: sendQuery, folder: sendFolder, file: sendPart }[kind];
  return (kubelet) =>
    sending(kubelet, async (request) => {
      const response = await send(kubelet, request, signal);
      if (!isShown || response.status >= 400) return response;
      const chunks = readChunks(kubelet, response, { idleMs, signal });
      return withBody(response, filterLines(chunks, isShown));
    });
}

function sending(kubelet: Kubelet, send: Kubelet['send']): Kubelet {
  return Object.assign(Object.create(kubelet) as Kubelet, { send });
}

async function sendQuery(
  kubelet: Kubelet,
  request: Request,
  signal: AbortSignal,
): Promise<HttpResponse> {
  const response = await kubelet.send(request);
  if (response.status >= 400) return response;
  return withBody(response, checkedQuery(kubelet, request, response, signal));
}

/** Requests a file. If the path turns out to be a folder, returns the names in the folder. */
async function sendFile(
  kubelet: Kubelet,
  request: Request,
  signal: AbortSignal,
): Promise<HttpResponse> {
  const response = await kubelet.send(request);
  if (!locationOf(response)?.endsWith('/')) return response;
  response.body.destroy();
  return sendFolder(kubelet, { ...request, path: `${request.path}/` }, signal);
}

/** Returns the names in a folder as lines of text, in place of the kubelet's HTML. */
async function sendFolder(
  kubelet: Kubelet,
  request: Request,
  signal: AbortSignal,
): Promise<HttpResponse> {
  const response = await kubelet.send(request);
  if (locationOf(response) !== undefined) {
    response.body.destroy();
    throw new Failure(`the ${kubelet.label} redirects ${request.path}: it is not a folder`, {
      hints: [command`print the file: --path ${fileOf(request)}`],
    });
  }
  return response.status < 300 ? withBody(response, namesOf(kubelet, response, signal)) : response;
}

async function* namesOf(
  kubelet: Kubelet,
  response: HttpResponse,
  signal: AbortSignal,
): AsyncGenerator<Buffer, void> {
  const lines = wholeLines();
  const toNames = (html: string) => Buffer.from(escapeControlLines(namesInListing(html)));
  for await (const chunk of readChunks(kubelet, response, { idleMs, signal }))
    yield toNames(lines.take(chunk));
  yield toNames(lines.end());
}

async function sendTail(
  kubelet: Kubelet,
  request: Request,
  tail: number,
  signal: AbortSignal,
): Promise<HttpResponse> {
  const { offset, size } = await placeBeforeLines(kubelet, request, tail, signal);
  const range = `bytes=${offset < size ? offset : 0}-`;
  const response = await kubelet.send({ ...request, headers: { ...request.headers, range } });
  if (offset < size) return response;
  await kubelet.read(response, 1);
  return withBody(response, emptyBody());
}

/** Replaces the body of a response by `pieces`, which are made from this body. */
export function withBody(response: HttpResponse, pieces: AsyncIterable<Buffer>): HttpResponse {
  const destroy = (error?: Error) => response.body.destroy(error);
  return { ...response, body: { destroy, [Symbol.asyncIterator]: () => lent(pieces) } };
}

async function* lent(pieces: AsyncIterable<Buffer>): AsyncGenerator<BorrowedBytes, undefined> {
  for await (const piece of pieces) yield new BorrowedBytes(piece);
}

async function* emptyBody(): AsyncGenerator<Buffer, void> {}
