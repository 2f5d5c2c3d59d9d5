import http, {
  type IncomingHttpHeaders,
  type IncomingMessage,
  type OutgoingHttpHeaders,
} from 'node:http';
import https from 'node:https';
import type { TLSSocket } from 'node:tls';
import { Interrupted } from '../errors.ts';
import { type TlsSettings, tlsOptions } from './tls.ts';

/** Where a server listens. */
export interface ServerAddress {
  readonly secure: boolean;
  /** A name or an IP address, an IPv6 one without brackets. */
  readonly host: string;
  readonly port: number;
  /** Put before every path; empty, or `/like/this`. */
  readonly prefix: string;
}

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
  /** As they came: name, value, name, value. */
  readonly rawHeaders: readonly string[];
  /** Not decoded; must be read or destroyed. */
  readonly body: IncomingMessage;
}

/** An answer with its body read. */
export interface TextAnswer {
  readonly status: number;
  readonly text: string;
}

export interface Limits {
  /** For the name, the connection and the TLS handshake together. */
  readonly connectMs: number;
  /** From then to the first byte of the answer, and, where it is read as text, from there to its end. */
  readonly answerMs: number;
}

export const defaultLimits: Limits = { connectMs: 10_000, answerMs: 60_000 };

/** How far a request had come when it failed. */
export type Stage = 'connect' | 'handshake' | 'answer' | 'body';

/** No answer, or half of one. `code` is Node's or OpenSSL's; `timeout` stands for our own limits. */
export class TransportError extends Error {
  readonly stage: Stage;
  readonly code: string;

  constructor(stage: Stage, code: string, cause?: unknown) {
    super(cause instanceof Error ? cause.message : code, { cause });
    this.stage = stage;
    this.code = code;
  }
}

/** Requests to one server. Connections are kept until `close`. Throws TransportError or Interrupted. */
export interface Transport {
  send(request: Request, signal: AbortSignal, limits: Limits): Promise<Answer>;
  close(): void;
}

/** `headers` go with every request; over TLS, nothing is written before the handshake and its verification are done. */
export function openTransport(
  server: ServerAddress,
  tls: TlsSettings,
  headers: OutgoingHttpHeaders,
): Transport {
  const { secure, host, port, prefix } = server;
  const agent = secure
    ? new https.Agent({ keepAlive: true, ...tlsOptions(tls, host) })
    : new http.Agent({ keepAlive: true });
  return {
    send: async (request, signal, limits) => {
      if (signal.aborted) throw new Interrupted();
      const length =
        request.body === undefined ? {} : { 'content-length': Buffer.byteLength(request.body) };
      const outgoing = (secure ? https : http).request({
        agent,
        host,
        port,
        method: request.method,
        path: prefix + request.path,
        headers: { ...headers, ...length, ...request.headers },
      });
      return exchange(outgoing, request.body, secure, limits, signal);
    },
    close: () => agent.destroy(),
  };
}

function exchange(
  request: http.ClientRequest,
  body: string | Buffer | undefined,
  secure: boolean,
  limits: Limits,
  signal: AbortSignal,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    let stage: Stage = 'connect';
    let timer: NodeJS.Timeout | undefined;
    const fail = (error: unknown) => {
      clearTimeout(timer);
      signal.removeEventListener('abort', abort);
      reject(error);
      request.destroy();
    };
    const limit = (ms: number) => {
      clearTimeout(timer);
      timer = setTimeout(() => fail(new TransportError(stage, 'timeout')), ms);
    };
    const abort = () => fail(new Interrupted());
    const ready = () => {
      stage = 'answer';
      limit(limits.answerMs);
      request.end(body);
    };
    signal.addEventListener('abort', abort, { once: true });
    limit(limits.connectMs);
    request.on('socket', (socket) => {
      if (request.reusedSocket) return ready();
      socket.once('connect', () => {
        if (secure) stage = 'handshake';
        else ready();
      });
      if (secure) (socket as TLSSocket).once('secureConnect', ready);
    });
    request.on('error', (error: NodeJS.ErrnoException) =>
      fail(new TransportError(stage, error.code ?? 'unknown', error)),
    );
    request.on('response', (response) => {
      clearTimeout(timer);
      response.once('close', () => signal.removeEventListener('abort', abort));
      resolve({
        status: response.statusCode ?? 0,
        statusText: response.statusMessage ?? '',
        headers: response.headers,
        rawHeaders: response.rawHeaders,
        body: response,
      });
    });
  });
}

/** The body as text, within the limit; a longer one than `maxBytes` is cut there. */
export async function readText(
  answer: Answer,
  signal: AbortSignal,
  limits: Limits,
  maxBytes: number,
): Promise<TextAnswer> {
  const late = new TransportError('body', 'timeout');
  const timer = setTimeout(() => answer.body.destroy(late), limits.answerMs);
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of answer.body as AsyncIterable<Buffer>) {
      chunks.push(chunk);
      bytes += chunk.length;
      if (bytes >= maxBytes) break;
    }
  } catch (error) {
    throw bodyError(error, signal);
  } finally {
    clearTimeout(timer);
  }
  const text = Buffer.concat(chunks).subarray(0, maxBytes).toString('utf8');
  return { status: answer.status, text };
}

/** Why a body broke off, as our own error. */
export function bodyError(error: unknown, signal: AbortSignal): Error {
  if (signal.aborted) return new Interrupted();
  if (error instanceof TransportError) return error;
  return new TransportError('body', (error as NodeJS.ErrnoException).code ?? 'unknown', error);
}
