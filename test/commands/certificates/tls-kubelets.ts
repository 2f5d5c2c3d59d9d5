import { createServer } from 'node:tls';
import type { KeyPair } from '../../kit/certificates.ts';
import { listen } from '../../sandbox/listen.ts';
import { nodeObject } from '../../sandbox/node-object.ts';
import type { Sandbox } from '../../sandbox/sandbox.ts';

/** A kubelet that completes TLS handshakes and answers no request. */
export interface TlsKubelet {
  readonly received: () => number;
  /** Number of completed TLS handshakes. `identified` counts only handshakes with a client certificate. */
  readonly handshakes: () => number;
  readonly identified: () => number;
  readonly errors: readonly string[];
}

export async function withTlsKubelets(
  sandbox: Sandbox,
  certificates: Readonly<Record<string, KeyPair>>,
  use: (kubelets: readonly TlsKubelet[]) => Promise<void>,
): Promise<void> {
  const started = await Promise.all(
    Object.entries(certificates).map(([name, pair]) => startOne(sandbox, name, pair)),
  );
  try {
    await use(started);
  } finally {
    await Promise.all(started.map(({ stop }) => stop()));
  }
}

async function startOne(sandbox: Sandbox, name: string, pair: KeyPair) {
  let received = 0;
  let handshakes = 0;
  let identified = 0;
  const errors: string[] = [];
  const options = { ...pair, requestCert: true, rejectUnauthorized: false };
  const server = createServer(options, (socket) => {
    handshakes += 1;
    if (socket.getPeerX509Certificate()) identified += 1;
    socket.on('error', () => {});
    socket.on('data', (bytes) => {
      received += bytes.length;
    });
  });
  server.on('tlsClientError', (error) => errors.push(error.message));
  const { port, stop } = await listen(server, '127.0.0.1');
  sandbox.store.put('nodes', nodeObject({ name, host: '127.0.0.1', port }, 37));
  return {
    ...{ errors, stop },
    received: () => received,
    handshakes: () => handshakes,
    identified: () => identified,
  };
}
