import type { OutgoingHttpHeaders } from 'node:http';
import type { Socket } from 'node:net';
import { StringDecoder } from 'node:string_decoder';
import { Failure, Interrupted } from '../../errors.ts';
import { connect, connectWithin, type Opening, type Peer } from './connect.ts';
import { openConnections } from './connection.ts';
import { type Received, TransportError } from './error.ts';
import { bodyDeadline, type Limits, msUntil } from './limits.ts';
import { renderRequestHead } from './request-head.ts';
import type { RequestLog, SentRequest } from './request-log.ts';
import { type EncodedRequest, endBody, type HttpResponse, sendRequest } from './send-request.ts';
import { type ServerAddress, shownPrefix } from './server-address.ts';
import type { ClientCertificate, TlsSettings } from './tls.ts';
import {
  openTunnel,
  proxyAuthorization,
  proxyDenied,
  proxyUnreachable,
  type Route,
} from './tunnel.ts';

export type { HttpResponse } from './send-request.ts';

export interface Request {
  readonly method: string;
  /** Path with its query, percent-encoded. */
  readonly path: string;
  readonly headers?: OutgoingHttpHeaders;
  readonly body?: string | Buffer | undefined;
  /** Whether the request opens its own connection, so that concurrent requests may reach different API servers that share an address. */
  readonly ownConnection?: boolean;
  /** Whether the process that receives a JSON body (this one or a worker) may join it to one line. */
  readonly joinsJson?: boolean | undefined;
}

export interface TextResponse {
  readonly status: number;
  readonly text: string;
  /** True if the body has more bytes than `text` shows. */
  readonly cut?: boolean;
  /** True if the body reads as a denial by the API server, but the API server allows the request: the node sent the body. */
  readonly isForged?: boolean;
}

export interface TransportSettings {
  readonly address: ServerAddress;
  readonly tls: TlsSettings;
  /** Route through a proxy; undefined for a direct connection. */
  readonly route: Route | undefined;
  readonly log: RequestLog | undefined;
}

/** Sends requests to one server. Connections stay open until `close` is called. Methods throw TransportError or Interrupted. */
export interface Transport {
  send(request: Request, signal: AbortSignal, limits: Limits): Promise<HttpResponse>;
  /** Opens a connection for a request that upgrades the protocol. The caller owns the connection. */
  dial(request: Request, signal: AbortSignal, limits: Limits): Promise<Dialed>;
  close(): void;
}

/** A connection to a verified server, and the request that the caller may send on it. */
export interface Dialed {
  readonly socket: Socket;
  /** Path on the server, with the server's prefix. */
  readonly path: string;
  readonly headers: OutgoingHttpHeaders;
  readonly logged: SentRequest;
  readonly log: RequestLog | undefined;
}

/** Returns a transport. With TLS, nothing is sent before the server is verified. */
export function openTransport({ address, tls, route, log }: TransportSettings): Transport {
  const { secure, host, port, authority, prefix } = address;
  // For plain HTTP, an HTTP proxy forwards requests that have the whole URL as path. For https, and for a SOCKS proxy, a tunnel is needed.
  const forward = secure || route?.proxy.scheme === 'socks5' ? undefined : route;
  const peer: Peer = forward
    ? { ...forward.proxy, tls: forward.proxy.scheme === 'https' ? forward.tls : undefined }
    : { host, port, tls: secure ? tls : undefined, tunnel: route && tunnelTo(route, address) };
  const origin = `${secure ? 'https' : 'http'}://${authority}`;
  const shown = origin + shownPrefix({ prefix });
  const own = { host: authority, ...(forward && proxyAuthorization(forward.proxy.user)) };
  const connections = openConnections();
  const openings = new Set<Opening>();
  const open = async (opening: Opening) => {
    openings.add(opening);
    try {
      return await connections.add(connect(peer, opening));
    } finally {
      openings.delete(opening);
    }
  };
  /**
   * Sends a request on an open or a new connection. A server may close an open connection while the request is on its way. As in Go's
   * http.Transport (shouldRetryRequest), a request that changes nothing is then sent on the next open connection, and finally on a new one.
   */
  const sendOverOpen = async (
    message: EncodedRequest,
    waits: boolean,
    limits: Limits,
    signal: AbortSignal,
  ) => {
    for (;;) {
      const kept = await connections.take(signal, waits);
      try {
        return await sendRequest({ kept, open, keep: connections.keep }, message, limits, signal);
      } catch (error) {
        if (!kept || !wasClosed(message, error)) throw error;
      }
    }
  };
  return {
    send: async (request, signal, limits) => {
      if (signal.aborted) throw new Interrupted();
      const { method, body, ownConnection = false } = request;
      const length = body === undefined ? {} : { 'content-length': Buffer.byteLength(body) };
      const path = prefix + request.path;
      const headers = { ...length, ...request.headers };
      const target = forward ? origin + path : path;
      const head = renderRequestHead(method, target, { ...own, ...headers });
      const logged = { method, url: shown + request.path, headers };
      const upgrades = request.headers?.['upgrade'] !== undefined;
      const sending = sendOverOpen(
        { method, head, body, upgrades },
        !ownConnection,
        limits,
        signal,
      );
      const response = await logging(log, logged, sending).catch((error: unknown) => {
        throw forward ? blamingProxy(error, limits) : error;
      });
      if (!forward || response.status !== 407) return response;
      response.body.destroy();
      throw proxyDenied(method, response.status, response.statusText);
    },
    dial: async (request, signal, limits) => {
      // A tunnel is used even for plain HTTP, because a proxy that forwards requests would itself handle the headers of an upgrade.
      const tunnel = route && tunnelTo(route, address);
      const server = { host, port, tls: secure ? tls : undefined, tunnel, keepsChunks: true };
      const { socket } = await connectWithin(server, limits, signal);
      const path = prefix + request.path;
      const headers = { host: authority, ...request.headers };
      return {
        ...{ socket, path, headers, log },
        logged: { method: request.method, url: shown + request.path, headers },
      };
    },
    close: () => {
      for (const opening of openings) opening.cancel();
      connections.close();
    },
  };
}

function tunnelTo(route: Route, target: ServerAddress): Peer['tunnel'] {
  return (signal) => openTunnel(route, target, signal);
}

/** Turns errors of the connection and handshake into errors of the proxy, if the proxy forwards the request. */
function blamingProxy(error: unknown, limits: Limits): unknown {
  const isEarly = error instanceof TransportError && !error.isSent && error.stage !== 'proxy';
  return isEarly ? proxyUnreachable(error, limits) : error;
}

async function logging(
  log: RequestLog | undefined,
  request: SentRequest,
  sending: Promise<HttpResponse>,
): Promise<HttpResponse> {
  if (!log) return sending;
  const start = performance.now();
  log.sent(request);
  const logAnswer = (status: string, rawHeaders: readonly string[]) =>
    log.received(request, performance.now() - start, status, rawHeaders);
  try {
    const response = await sending;
    logAnswer(`${response.status} ${response.statusText}`, response.rawHeaders);
    return response;
  } catch (error) {
    logAnswer('', []);
    throw error;
  }
}

/** Whether a request may be sent again because the server closed the connection before it responded. */
function wasClosed({ method }: EncodedRequest, error: unknown): boolean {
  return (
    error instanceof TransportError &&
    /^(?:GET|HEAD)$/.test(method) &&
    /^(?:ECONNRESET|EPIPE)$/.test(error.code)
  );
}

/** Reads the body as text, within the limits. Longer text is cut at `maxBytes`. */
export async function readText(
  response: HttpResponse,
  signal: AbortSignal,
  limits: Limits,
  maxBytes: number,
): Promise<TextResponse> {
  const timer = endBody(response.body, Math.min(limits.responseMs, msUntil(bodyDeadline(limits))));
  // Text is decoded while it arrives, so that a large body is in memory only once.
  const decoder = new StringDecoder('utf8');
  let text = '';
  let bytes = 0;
  try {
    for await (const chunk of response.body) {
      text += decoder.write(chunk.now.subarray(0, maxBytes - bytes));
      bytes += chunk.length;
      if (bytes > maxBytes) break;
    }
  } catch (error) {
    throw bodyError(error, signal, receivedOf(response, bytes));
  } finally {
    clearTimeout(timer);
  }
  return { status: response.status, text: text + decoder.end(), cut: bytes > maxBytes };
}

/**
 * Converts an error while reading a body into a TransportError or Interrupted. A Failure, which a decoder of the body threw, is returned
 * unchanged.
 */
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

export function receivedOf({ headers }: Pick<HttpResponse, 'headers'>, bytes: number): Received {
  const length = headers['content-length'];
  return { bytes, of: length === undefined ? undefined : Number(length) };
}

/**
 * Holds the transports to one server, one for each client certificate. They are separate because a connection uses only one certificate,
 * and a plugin may return a new certificate.
 *
 * @param open called when a certificate is used for the first time
 */
export function transportsByCertificate(
  open: (clientCertificate: ClientCertificate | undefined) => Transport,
) {
  const transports = new Map<ClientCertificate | undefined, Transport>();
  return {
    transportWith: (clientCertificate: ClientCertificate | undefined) => {
      const transport = transports.get(clientCertificate) ?? open(clientCertificate);
      transports.set(clientCertificate, transport);
      return transport;
    },
    close: () => {
      for (const transport of transports.values()) transport.close();
    },
  };
}
