import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import type { KeyPair } from '../kit/certificates.ts';

export interface Listener {
  readonly port: number;
  /** Hangs up on everybody. */
  stop(): Promise<void>;
}

/** Listens on a free port. */
export async function listen(server: Server, host: string): Promise<Listener> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    socket.on('error', () => {});
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, host, resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    stop: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** A port where nothing listens: unlike one that was free a moment ago, nothing is ever given it. */
export const closedPort = 1;

/** Fatal, internal_error: what Go's TLS says when it is given no certificate to show. */
const internalErrorAlert = Buffer.from('15030300020250', 'hex');

/** Accepts connections and says nothing. */
export function silentServer(): Server {
  return createServer();
}

/** Ends every TLS handshake with an alert, once the client has said hello. */
export function alertingServer(): Server {
  return createServer((socket) => socket.once('data', () => socket.end(internalErrorAlert)));
}

const greeting = 'SSH-2.0-OpenSSH_9.9\r\n';

/** Speaks something else, and no TLS. */
export function plainServer(): Server {
  return createServer((socket) => socket.end(greeting));
}

/** Speaks TLS, and no HTTP within. */
export function gibberishServer(serving: KeyPair): Server {
  return createTlsServer(serving, (socket) => socket.end(greeting));
}
