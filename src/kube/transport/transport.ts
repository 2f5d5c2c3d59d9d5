import http, { type IncomingHttpHeaders, type OutgoingHttpHeaders } from 'node:http';
import https from 'node:https';
import type { Socket } from 'node:net';
import type { Readable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import type { TLSSocket } from 'node:tls';
import { Failure, Interrupted } from '../../errors.ts';
import { type Received, type Stage, TransportError } from './error.ts';
import type { Limits } from './limits.ts';
import type { LoggedRequest, RequestLog } from './request-log.ts';
import type { ServerAddress } from './server-address.ts';
import { checkAccepted, type TlsSettings, tlsOptions } from './tls.ts';
import {
  proxyAuthorization,
  proxyRefused,
  proxyUnreachable,
  type Route,
  throughProxy,
} from './tunnel.ts';

export interface Request {
  readonly method: string;
  /** With its query, percent-encoded. */
  readonly path: string;
  readonly headers?: OutgoingHttpHeaders;
  readonly body?: string | Buffer | undefined;
}

export interface Answer {
  readonly status: number;
  readonly statusText: string;
  readonly headers: IncomingHttpHeaders;
  /** As received: name, value, name, value. */
  readonly rawHeaders: readonly string[];
  readonly timing: Timing;
  /** Not decoded. Must be read or destroyed. One that breaks off fails; see `bodyError`. */
  readonly body: Readable;
  /** Of the connection, for its certificate. */
  readonly socket: Socket;
}

/** How long the stages of a request took, in ms. On a kept connection, the first three are 0. */
export interface Timing {
  /** Name resolution; 0 for an IP address, or where a proxy resolves the name. */
  readonly dnsMs: number;
  /** To the server, or to a proxy and through its tunnel. */
  readonly connectMs: number;
  readonly tlsMs: number;
  /** From the request to the head of its answer. */
  readonly firstByteMs: number;
}

/** An answer with its body read. */
export interface TextAnswer {
  readonly status: number;
  readonly text: string;
  /** Whether there is more than was read. */
  readonly cut?: boolean;
}

/** The same with its bytes. */
export interface BytesAnswer {
  readonly status: number;
  readonly bytes: Buffer;
  readonly cut: boolean;
}

/** One server and the route to it. */
export interface TransportSettings {
  readonly address: ServerAddress;
  readonly tls: TlsSettings;
  /** Undefined for a direct connection. */
  readonly route: Route | undefined;
  readonly log: RequestLog | undefined;
}

/** Sends requests to one server. Connections are kept until `close`. Throws TransportError or Interrupted. */
export interface Transport {
  send(request: Request, signal: AbortSignal, limits: Limits): Promise<Answer>;
  close(): void;
}

/** Over TLS, nothing is sent before the server is verified. */
export function openTransport({ address, tls, route, log }: TransportSettings): Transport {
  const { secure, host, port, authority, prefix } = address;
  const closing = new AbortController();
  // An HTTP proxy forwards plain http, with the whole URL as path; https and socks5 need a tunnel.
  const forward = secure || route?.proxy.scheme === 'socks5' ? undefined : route;
  const peer = forward ? forward.proxy : { host, port };
  const peerTls = forward ? forward.proxy.scheme === 'https' && forward.tls : secure && tls;
  const direct = peerTls
    ? new https.Agent({ keepAlive: true, ...tlsOptions(peerTls, peer.host) })
    : new http.Agent({ keepAlive: true });
  const check = peerTls && ((socket: TLSSocket) => checkAccepted(socket, peerTls, peer.host));
  const agent = route && !forward ? throughProxy(direct, route, closing.signal) : direct;
  const origin = `${secure ? 'https' : 'http'}://${authority}`;
  const own = { host: authority, ...(forward && proxyAuthorization(forward.proxy.user)) };
  return {
    send: async (request, signal, limits) => {
      if (signal.aborted) throw new Interrupted();
      const length =
        request.body === undefined ? {} : { 'content-length': Buffer.byteLength(request.body) };
      const path = prefix + request.path;
      const headers = { ...length, ...request.headers };
      const open = () =>
        (peerTls ? https : http).request({
          agent,
          host: peer.host,
          port: peer.port,
          method: request.method,
          path: forward ? origin + path : path,
          headers: { ...own, ...headers },
        });
      const logged = { method: request.method, url: origin + path, headers };
      const exchanged = exchangeAfresh(open, request.body, check, limits, signal);
      const answer = await logging(log, logged, exchanged).catch((error: unknown) => {
        throw forward ? blamingProxy(error, limits) : error;
      });
      if (!forward || answer.status !== 407) return answer;
      answer.body.destroy();
      throw proxyRefused(request.method, answer.status, answer.statusText);
    },
    close: () => {
      closing.abort();
      agent.destroy();
    },
  };
}

/** What remains to be checked of a server after its handshake. */
type Check = (socket: TLSSocket) => Promise<void>;

/** If the proxy is the peer, connect and handshake errors are the proxy's. */
function blamingProxy(error: unknown, limits: Limits): unknown {
  const early = error instanceof TransportError && /^(?:connect|handshake)$/.test(error.stage);
  return early ? proxyUnreachable(error, limits) : error;
}

async function logging(
  log: RequestLog | undefined,
  request: LoggedRequest,
  exchanged: Promise<Answer>,
): Promise<Answer> {
  if (!log) return exchanged;
  const start = performance.now();
  log.sent(request);
  const logAnswer = (status: string, rawHeaders: readonly string[]) =>
    log.answered(request, performance.now() - start, status, rawHeaders);
  try {
    const answer = await exchanged;
    logAnswer(`${answer.status} ${answer.statusText}`, answer.rawHeaders);
    return answer;
  } catch (error) {
    logAnswer('', []);
    throw error;
  }
}

/**
 * A server may close a kept connection while a request is on its way. As in Go's http.Transport (shouldRetryRequest), a request
 * that changes nothing, or was not sent, then takes another one: each of the others may be closed as well, the last is new.
 */
async function exchangeAfresh(
  open: () => http.ClientRequest,
  body: string | Buffer | undefined,
  secure: Check | false,
  limits: Limits,
  signal: AbortSignal,
): Promise<Answer> {
  for (;;) {
    const request = open();
    try {
      return await exchange(request, body, secure, limits, signal);
    } catch (error) {
      if (!(error instanceof TransportError) || !wasClosed(request, error)) throw error;
    }
  }
}

/** Whether a request failed on a kept connection, before its answer, and may be sent again. */
function wasClosed(request: http.ClientRequest, { stage, code }: TransportError): boolean {
  const isHarmless = stage === 'connect' || /^(?:GET|HEAD)$/.test(request.method);
  return request.reusedSocket && isHarmless && /^(?:ECONNRESET|EPIPE)$/.test(code);
}

function exchange(
  request: http.ClientRequest,
  body: string | Buffer | undefined,
  secure: Check | false,
  limits: Limits,
  signal: AbortSignal,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    let stage: Stage = 'connect';
    let timer: NodeJS.Timeout | undefined;
    const begun = performance.now();
    // When each stage ended; a stage that there is not ends with the one before.
    let resolved = begun;
    let connected = begun;
    let secured = begun;
    const fail = (error: unknown) => {
      clearTimeout(timer);
      signal.removeEventListener('abort', abort);
      reject(error);
      request.destroy();
    };
    const limit = (ms: number) => {
      clearTimeout(timer);
      const left = Math.min(ms, msUntil(limits.answerBy), msUntil(limits.deadline));
      timer = setTimeout(() => fail(new TransportError(stage, 'timeout')), left);
    };
    const abort = () => fail(new Interrupted());
    const isConnected = () => {
      connected = performance.now();
      if (secure) stage = 'handshake';
      else ready(connected);
    };
    const ready = (since: number) => {
      stage = 'answer';
      secured = since;
      limit(limits.answerMs);
      try {
        request.end(body);
      } catch (error) {
        fail(error);
      }
    };
    signal.addEventListener('abort', abort, { once: true });
    limit(limits.connectMs);
    request.on('socket', (socket) => {
      if (request.reusedSocket) return ready(begun);
      socket.once('lookup', () => {
        resolved = performance.now();
      });
      // The socket of a tunnel is already connected.
      if (socket.connecting) socket.once('connect', isConnected);
      else isConnected();
      if (!secure) return;
      const tls = socket as TLSSocket;
      tls.once('secureConnect', () => {
        const since = performance.now();
        secure(tls).then(() => request.destroyed || ready(since), fail);
      });
    });
    request.on('error', (error: NodeJS.ErrnoException) =>
      fail(
        error instanceof TransportError
          ? error
          : new TransportError(stage, error.code ?? 'unknown', error),
      ),
    );
    request.on('upgrade', (_, socket) => {
      socket.destroy();
      fail(new TransportError('answer', 'HPE_UPGRADE'));
    });
    request.on('response', (response) => {
      clearTimeout(timer);
      // Otherwise a reset looks like the end of a body of unknown length.
      request.once('error', (error) => response.destroy(error));
      response.once('close', () => {
        clearTimeout(timer);
        signal.removeEventListener('abort', abort);
      });
      if (limits.deadline !== undefined) timer = endBody(response, msUntil(limits.deadline));
      resolve({
        status: response.statusCode ?? 0,
        statusText: response.statusMessage ?? '',
        headers: response.headers,
        rawHeaders: response.rawHeaders,
        timing: {
          dnsMs: resolved - begun,
          connectMs: connected - resolved,
          tlsMs: secured - connected,
          firstByteMs: performance.now() - secured,
        },
        body: response,
        socket: response.socket,
      });
    });
  });
}

function msUntil(moment: number | undefined): number {
  return moment === undefined ? Number.POSITIVE_INFINITY : Math.max(0, moment - performance.now());
}

function endBody(body: Readable, ms: number): NodeJS.Timeout {
  return setTimeout(() => body.destroy(new TransportError('body', 'timeout')), ms);
}

/** The body as text, within the limits and cut at `maxBytes`. */
export async function readText(
  answer: Answer,
  signal: AbortSignal,
  limits: Limits,
  maxBytes: number,
): Promise<TextAnswer> {
  // Decoded as it arrives, so that of a large body there is no second copy.
  const decoder = new StringDecoder('utf8');
  let text = '';
  const cut = await readChunks(answer, signal, limits, maxBytes, (chunk) => {
    text += decoder.write(chunk);
  });
  return { status: answer.status, text: text + decoder.end(), cut };
}

/** The body, within the limits and cut at `maxBytes`. */
export async function readBytes(
  answer: Answer,
  signal: AbortSignal,
  limits: Limits,
  maxBytes: number,
): Promise<BytesAnswer> {
  const chunks: Buffer[] = [];
  const cut = await readChunks(answer, signal, limits, maxBytes, (chunk) => chunks.push(chunk));
  return { status: answer.status, bytes: Buffer.concat(chunks), cut };
}

/** Whether there is more than `maxBytes`. */
async function readChunks(
  answer: Answer,
  signal: AbortSignal,
  limits: Limits,
  maxBytes: number,
  take: (chunk: Buffer) => void,
): Promise<boolean> {
  const timer = endBody(answer.body, Math.min(limits.answerMs, msUntil(limits.deadline)));
  let bytes = 0;
  try {
    for await (const chunk of answer.body as AsyncIterable<Buffer>) {
      take(chunk.subarray(0, maxBytes - bytes));
      bytes += chunk.length;
      if (bytes > maxBytes) break;
    }
  } catch (error) {
    throw bodyError(error, signal, receivedOf(answer, bytes));
  } finally {
    clearTimeout(timer);
  }
  return bytes > maxBytes;
}

/** Turns an error of a body into a TransportError or Interrupted. A Failure of who decodes it stays. */
export function bodyError(error: unknown, signal: AbortSignal, received?: Received): Error {
  if (signal.aborted) return new Interrupted();
  if (error instanceof Failure) return error;
  if (!(error instanceof TransportError)) {
    const { code = 'unknown' } = error as NodeJS.ErrnoException;
    return new TransportError('body', code, error, undefined, received);
  }
  if (error.received || !received) return error;
  return new TransportError(error.stage, error.code, error.cause, error.message, received);
}

/** How much of its body came, if it was `bytes`. */
export function receivedOf({ headers }: Pick<Answer, 'headers'>, bytes: number): Received {
  const length = headers['content-length'];
  return { bytes, of: length === undefined ? undefined : Number(length) };
}
