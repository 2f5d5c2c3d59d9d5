import http, {
  type IncomingHttpHeaders,
  type IncomingMessage,
  type OutgoingHttpHeaders,
} from 'node:http';
import https from 'node:https';
import { getCACertificates, setDefaultCACertificates, type TLSSocket } from 'node:tls';
import { Interrupted } from '../errors.ts';
import type { TlsSettings } from './connection.ts';

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

export interface Limits {
  /** For the name, the connection and the TLS handshake together. */
  readonly connectMs: number;
  /** From then to the first byte of the answer. */
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

/** Requests to one server. Connections are kept until `close`. */
export interface Transport {
  send(request: Request, signal: AbortSignal): Promise<Answer>;
  close(): void;
}

/** `headers` go with every request; over TLS, nothing is written before the handshake and its verification are done. */
export function openTransport(
  server: string,
  tls: TlsSettings,
  headers: OutgoingHttpHeaders,
  limits: Limits = defaultLimits,
): Transport {
  const base = new URL(server);
  const secure = base.protocol === 'https:';
  const prefix = base.pathname.replace(/\/+$/, '');
  const agent = secure
    ? new https.Agent({ keepAlive: true, ...tlsOptions(tls) })
    : new http.Agent({ keepAlive: true });
  return {
    send: (request, signal) =>
      exchange(
        (secure ? https : http).request({
          agent,
          protocol: base.protocol,
          // Node wants an IPv6 literal without the brackets that a URL has.
          hostname: base.hostname.replace(/^\[|\]$/g, ''),
          port: base.port || (secure ? 443 : 80),
          method: request.method,
          path: prefix + request.path,
          headers: {
            ...headers,
            ...(request.body === undefined
              ? {}
              : { 'content-length': Buffer.byteLength(request.body) }),
            ...request.headers,
          },
        }),
        request.body,
        secure,
        limits,
        signal,
      ),
    close: () => agent.destroy(),
  };
}

function tlsOptions(tls: TlsSettings): https.AgentOptions {
  const ca = tls.ca === undefined ? getCACertificates('system') : [tls.ca];
  // Each agent names its authorities itself; this only keeps Node from parsing a default list of its own meanwhile.
  setDefaultCACertificates(ca);
  return {
    rejectUnauthorized: tls.verify,
    // As Go does: whatever stands in the bundle is trusted, be it a root or not.
    allowPartialTrustChain: true,
    ca,
    ...(tls.serverName === undefined ? {} : { servername: tls.serverName }),
    ...(tls.clientCertificate ?? {}),
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
    if (signal.aborted) return abort();
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

/** The whole body as text; a longer one than `maxBytes` is cut there. */
export async function readText(
  answer: Answer,
  signal: AbortSignal,
  maxBytes = 64 * 1024 * 1024,
): Promise<string> {
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
  }
  return Buffer.concat(chunks).subarray(0, maxBytes).toString('utf8');
}

/** Why a body broke off, as our own error. */
export function bodyError(error: unknown, signal: AbortSignal): Error {
  if (signal.aborted) return new Interrupted();
  return new TransportError('body', (error as NodeJS.ErrnoException).code ?? 'unknown', error);
}
