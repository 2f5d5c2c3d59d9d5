import { once } from 'node:events';
import { connect as connectTcp, type Socket } from 'node:net';
import { formatHostPort, type HostPort } from '../../kubelet/address.ts';
import { describeTransport } from '../../kubelet/causes/causes.ts';
import { longestMs } from '../../text/duration.ts';
import { connect } from './connect.ts';
import { newConnection } from './connection.ts';
import { TransportError } from './error.ts';
import { type Limits, noDeadline } from './limits.ts';
import type { ProxyServer } from './proxy.ts';
import { renderRequestHead } from './request-head.ts';
import { type ConnectionSource, sendRequest } from './send-request.ts';
import type { TlsSettings } from './tls.ts';
import type { UserInfo } from './url.ts';

/** A proxy, and the TLS settings for an https proxy. */
export interface Route {
  readonly proxy: ProxyServer;
  readonly tls: TlsSettings;
}

/** Connects to the target through the proxy. Errors of the proxy become TransportErrors. */
export function openTunnel(route: Route, target: HostPort, signal: AbortSignal): Promise<Socket> {
  return route.proxy.scheme === 'socks5'
    ? openSocks(route.proxy, target, signal)
    : openConnect(route, target, signal);
}

/** There are no limits, because the caller cancels the tunnel by its signal. */
const unlimited: Limits = {
  connectMs: longestMs,
  responseMs: longestMs,
  deadline: noDeadline,
};

async function openConnect(
  { proxy, tls }: Route,
  target: HostPort,
  signal: AbortSignal,
): Promise<Socket> {
  const { host, port, user, scheme } = proxy;
  const path = formatHostPort(target);
  const headers = { host: path, ...proxyAuthorization(user) };
  const head = renderRequestHead('CONNECT', path, headers);
  let release = () => {};
  const source: ConnectionSource = {
    kept: undefined,
    open: async (opening) => {
      const peer = { host, port, tls: scheme === 'https' ? tls : undefined };
      const connection = newConnection(await connect(peer, opening));
      ({ release } = connection);
      return connection;
    },
    keep: () => release(),
  };
  const message = { method: 'CONNECT', head, body: undefined };
  const response = await sendRequest(source, message, unlimited, signal).catch((error: unknown) => {
    throw error instanceof TransportError ? proxyUnreachable(error) : error;
  });
  if (response.status === 200 && !response.socket.destroyed) return response.socket;
  response.socket.destroy();
  throw proxyDenied('CONNECT', response.status, response.statusText);
}

/** Connects through a SOCKS proxy, which resolves the name of the target. */
async function openSocks(
  { host, port, user }: ProxyServer,
  target: HostPort,
  signal: AbortSignal,
): Promise<Socket> {
  // The library does not open the socket, because it could not be aborted at once.
  const socket = connectTcp({ host, port, signal });
  try {
    await once(socket, 'connect');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown';
    throw proxyUnreachable(new TransportError('connect', code, error));
  }
  const { SocksClient } = await import('./socks.ts');
  const proxy = { host, port, type: 5 } as const;
  try {
    await SocksClient.createConnection({
      proxy: user ? { ...proxy, userId: user.name, password: user.password } : proxy,
      command: 'connect',
      destination: { host: target.host, port: target.port },
      existing_socket: socket,
    });
    return socket;
  } catch (error) {
    socket.destroy();
    throw proxyError(`the proxy made no connection: ${(error as Error).message}`, error);
  }
}

export function proxyAuthorization(user: UserInfo | undefined): Record<string, string> {
  if (!user) return {};
  const encoded = Buffer.from(`${user.name}:${user.password}`).toString('base64');
  return { 'proxy-authorization': `Basic ${encoded}` };
}

/** Returns the error for an unreachable proxy. Pass `limits` if the cause may be a timeout. */
export function proxyUnreachable(cause: TransportError, limits?: Limits): TransportError {
  return proxyError(`the proxy cannot be reached: ${describeTransport(cause, limits)}`, cause);
}

export function proxyDenied(method: string, status: number, text: string): TransportError {
  return proxyError(`the proxy answered ${method} with ${`${status} ${text}`.trim()}`);
}

function proxyError(message: string, cause?: unknown): TransportError {
  return new TransportError('proxy', 'proxy', cause, message);
}
