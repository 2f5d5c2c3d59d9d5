import { once } from 'node:events';
import http, { type IncomingMessage } from 'node:http';
import https from 'node:https';
import { connect, type Socket } from 'node:net';
import { formatHostPort } from '../../kubelet/address.ts';
import { describeTransport } from '../../kubelet/causes/causes.ts';
import { TransportError } from './error.ts';
import type { Limits } from './limits.ts';
import type { ProxyServer } from './proxy.ts';
import { type TlsSettings, tlsOptions } from './tls.ts';
import type { UserInfo } from './url.ts';

/** A proxy, and how to verify it if it speaks TLS. */
export interface Route {
  readonly proxy: ProxyServer;
  readonly tls: TlsSettings;
}

interface Target {
  readonly host: string;
  readonly port: number;
}

/** Routes an agent through a proxy. Errors of the proxy become TransportErrors. */
export function throughProxy<A extends http.Agent>(agent: A, route: Route, signal: AbortSignal): A {
  const direct = agent.createConnection.bind(agent);
  agent.createConnection = (options, done) => {
    const target = { host: options.host ?? '', port: Number(options.port) };
    openTunnel(route, target, signal).then(
      (socket) =>
        // An http agent would open another connection; only https speaks TLS over a given socket.
        done?.(null, agent instanceof https.Agent ? withSocket(direct, options, socket) : socket),
      (error: Error) => done?.(error, undefined as never),
    );
    return undefined;
  };
  return agent;
}

function withSocket(
  connect: http.Agent['createConnection'],
  options: http.ClientRequestArgs,
  socket: Socket,
) {
  const secure = connect({ ...options, socket } as http.ClientRequestArgs);
  if (!secure) throw new Error('an https agent always makes a socket');
  return secure;
}

function openTunnel(route: Route, target: Target, signal: AbortSignal): Promise<Socket> {
  return route.proxy.scheme === 'socks5'
    ? openSocks(route.proxy, target, signal)
    : openConnect(route, target, signal);
}

function openConnect({ proxy, tls }: Route, target: Target, signal: AbortSignal): Promise<Socket> {
  const { host, port, user } = proxy;
  const secure = proxy.scheme === 'https';
  const path = formatHostPort(target);
  const request = (secure ? https : http).request({
    method: 'CONNECT',
    host,
    port,
    path,
    headers: { host: path, ...proxyAuthorization(user) },
    agent: false,
    signal,
    ...(secure && tlsOptions(tls, host)),
  });
  return new Promise((resolve, reject) => {
    let stage: 'connect' | 'handshake' = 'connect';
    request.once('socket', (socket) =>
      socket.once('connect', () => {
        if (secure) stage = 'handshake';
      }),
    );
    request.once('connect', (answer: IncomingMessage, socket: Socket) => {
      if (answer.statusCode === 200) return resolve(socket);
      socket.destroy();
      reject(proxyRefused('CONNECT', answer.statusCode ?? 0, answer.statusMessage ?? ''));
    });
    request.once('error', (error: NodeJS.ErrnoException) => {
      reject(proxyUnreachable(new TransportError(stage, error.code ?? 'unknown', error)));
    });
    request.end();
  });
}

/** The proxy resolves the name. */
async function openSocks(
  { host, port, user }: ProxyServer,
  target: Target,
  signal: AbortSignal,
): Promise<Socket> {
  // Only our own socket can be aborted at once.
  const socket = connect({ host, port, signal });
  try {
    await once(socket, 'connect');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown';
    throw proxyUnreachable(new TransportError('connect', code, error));
  }
  const { SocksClient } = await import('socks');
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

/** Pass `limits` if the cause may be a timeout. */
export function proxyUnreachable(cause: TransportError, limits?: Limits): TransportError {
  return proxyError(`the proxy cannot be reached: ${describeTransport(cause, limits)}`, cause);
}

export function proxyRefused(method: string, status: number, text: string): TransportError {
  return proxyError(`the proxy answered ${method} with ${`${status} ${text}`.trim()}`);
}

function proxyError(message: string, cause?: unknown): TransportError {
  return new TransportError('proxy', 'proxy', cause, message);
}
