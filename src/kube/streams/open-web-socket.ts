import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { ClientOptions, WebSocket } from 'ws';
import { Interrupted } from '../../errors.ts';
import { readStream } from '../files/read-stdin.ts';
import { type Kubelet, longestErrorBody } from '../kubelet-client/client.ts';
import { TransportError } from '../transport/error.ts';
import { type Limits, msUntil } from '../transport/limits.ts';
import type { Dialed, TextResponse } from '../transport/transport.ts';
import { within } from '../within.ts';
import type * as libraries from './libraries.ts';

export interface Upgrade {
  /** Path with its query, percent-encoded. */
  readonly path: string;
  /** Subprotocols in order of preference. */
  readonly protocols: readonly string[];
  readonly signal: AbortSignal;
  readonly limits: Limits;
}

/** Thrown if the server responds without opening a WebSocket. */
export class UpgradeDenied extends Error {
  readonly response: TextResponse;

  constructor(response: TextResponse) {
    super(`the answer to an upgrade was ${response.status}`);
    this.response = response;
  }
}

/** Limit in bytes for one message. Kubelets send messages of up to 32 KiB. */
const longestMessage = 1024 * 1024;

/** Time in ms for which the other side may keep the connection open after either side has closed the WebSocket. */
const closingMs = 1000;

/** Loads the libraries when it is first called, because only streams need them. */
export function loadLibraries(): Promise<typeof libraries> {
  return import('./libraries.ts');
}

/**
 * Opens a WebSocket over a connection that is verified as for any request. The WebSocket is paused, so that no message is lost before the
 * caller listens. Throws Interrupted, or UpgradeDenied if the server answers without a WebSocket.
 */
export async function upgradeTo(
  kubelet: Kubelet,
  { path, protocols, signal, limits }: Upgrade,
): Promise<WebSocket> {
  const { WebSocket } = await loadLibraries();
  const dialed = await kubelet.dial({ method: 'GET', path });
  const { socket, headers } = dialed;
  if (signal.aborted) {
    socket.destroy();
    throw new Interrupted();
  }
  keepReading(socket);
  // ws does not connect itself: it sends its request over the connection that is already open and verified.
  const options: ClientOptions & { readonly closeTimeout: number } = {
    headers: headers as Record<string, string>,
    createConnection: () => socket,
    perMessageDeflate: false,
    followRedirects: false,
    maxPayload: longestMessage,
    closeTimeout: closingMs,
    autoPong: false,
  };
  const made = new WebSocket(`ws://kubelet${dialed.path}`, [...protocols], options);
  answerPings(made);
  try {
    return await opened(made, dialed, signal, limits);
  } catch (error) {
    // Ignores later errors of ws about this connection.
    made.on('error', () => {});
    socket.destroy();
    if (error instanceof UpgradeDenied && kubelet.checkDenied)
      throw new UpgradeDenied(await kubelet.checkDenied(error.response, path));
    throw error instanceof TransportError ? kubelet.broken(error) : error;
  }
}

/**
 * Answers pings, because ws closes a connection on which pings arrive too fast. If several pings wait, answers only the newest, as the
 * WebSocket standard allows.
 */
function answerPings(socket: WebSocket): void {
  let newest: Buffer | undefined;
  let isAnswering = false;
  const answer = () => {
    if (!newest || isAnswering || socket.readyState !== socket.OPEN) return;
    isAnswering = true;
    socket.pong(newest, true, () => {
      isAnswering = false;
      answer();
    });
    newest = undefined;
  };
  socket.on('ping', (data: Buffer) => {
    newest = data;
    answer();
  });
}

function opened(
  made: WebSocket,
  { socket, log, logged }: Dialed,
  signal: AbortSignal,
  limits: Limits,
): Promise<WebSocket> {
  const begun = performance.now();
  log?.sent(logged);
  const answered = ({ statusCode, statusMessage, rawHeaders }: IncomingMessage) =>
    log?.received(logged, performance.now() - begun, `${statusCode} ${statusMessage}`, rawHeaders);
  const late = () => new TransportError('response', 'timeout');
  const ms = Math.min(limits.responseMs, msUntil(limits.deadline));
  const upgraded = () =>
    new Promise<WebSocket>((resolve, reject) => {
      const failed = (error: NodeJS.ErrnoException) => {
        // The error of ws has no code if the server's upgrade is invalid, for example with a wrong Sec-WebSocket-Accept.
        const none = socket.destroyed ? 'ECONNRESET' : 'HPE_UPGRADE';
        reject(new TransportError('response', error.code ?? none, error));
      };
      made.on('error', failed);
      made.once('upgrade', answered);
      made.once('open', () => {
        made.pause();
        made.off('error', failed);
        resolve(made);
      });
      made.once('unexpected-response', (_, response: IncomingMessage) => {
        answered(response);
        const { statusCode: status = 0 } = response;
        readStream(response, signal, longestErrorBody + 1).then(
          (bytes) => {
            const text = bytes.toString('utf8', 0, longestErrorBody);
            reject(new UpgradeDenied({ status, text, cut: bytes.length > longestErrorBody }));
          },
          (error: NodeJS.ErrnoException) =>
            reject(new TransportError('body', error.code ?? 'ECONNRESET', error)),
        );
      });
    });
  return within(signal, ms, late, upgraded);
}

type Done = (error?: Error | null) => void;

/**
 * Makes a socket ignore a failed write: later writes are dropped, and the reader still gets all received bytes and then the end or a reset.
 * Otherwise, Node would destroy the socket and lose unread bytes. If a command exits before it has read its input, these would be its last
 * output and its exit code.
 */
export function keepReading(socket: Duplex): void {
  let isGone = false;
  const forgiving =
    (done: Done): Done =>
    (error) => {
      isGone ||= error != null;
      done();
    };
  const write = socket._write.bind(socket);
  const writev = socket._writev?.bind(socket);
  socket._write = (chunk, encoding, done) =>
    isGone ? done() : write(chunk, encoding, forgiving(done));
  if (writev)
    socket._writev = (chunks, done) => (isGone ? done() : writev(chunks, forgiving(done)));
}
