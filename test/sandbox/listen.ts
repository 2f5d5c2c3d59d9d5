import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import type { KeyPair } from '../kit/certificates.ts';

export interface Listener {
  readonly port: number;
  /** Closes the server and all its connections. */
  stop(): Promise<void>;
}

/** Starts a server, by default on a free port. */
export async function listen(server: Server, host: string, port = 0): Promise<Listener> {
  const sockets = new Set<Socket>();
  // Kubernetes also closes idle connections after 90 s. Node's default of 5 s may pass while a client waits for a dead node.
  if ('keepAliveTimeout' in server) server.keepAliveTimeout = 90_000;
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    socket.on('error', () => {});
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    stop: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Runs `use` with the port of a server, and stops the server afterwards. */
export async function withListener(
  server: Server,
  use: (port: number) => Promise<void>,
): Promise<void> {
  const { port, stop } = await listen(server, '127.0.0.1');
  try {
    await use(port);
  } finally {
    await stop();
  }
}

/** A port that refuses connections. The system never assigns it to a program, as it may do with a free port. */
export const closedPort = 1;

/** The TLS alert internal_error, which a Go server sends if it has no certificate. */
const internalErrorAlert = Buffer.from('15030300020250', 'hex');

/** Accepts connections and sends nothing. */
export function silentServer(): Server {
  return createServer();
}

/** Answers the ClientHello of every TLS handshake with an alert. */
export function alertingServer(): Server {
  return createServer((socket) => socket.once('data', () => socket.end(internalErrorAlert)));
}

const greeting = 'SSH-2.0-OpenSSH_9.9\r\n';

/** Speaks another protocol without TLS. */
export function plainServer(): Server {
  return createServer((socket) => socket.end(greeting));
}

/** Speaks TLS, but not HTTP. */
export function gibberishServer(serving: KeyPair): Server {
  return createTlsServer(serving, (socket) => socket.end(greeting));
}
