import { Agent, type ClientRequestArgs } from 'node:http';
import { connect as connectTcp, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import {
  connect as connectTls,
  createSecureContext,
  type SecureContext,
  type TLSSocket,
} from 'node:tls';
import type { KeyPair } from '../kit/certificates.ts';
import { hostAndPort } from './node-location.ts';
import { certificateError } from './verify-peer.ts';

export interface DialOptions {
  /** Returns the client certificate for a connection. If several API servers share one address, their certificates may differ. */
  readonly clientCertificate: () => KeyPair;
  /** CA that verifies kubelets; undefined to verify no kubelet, as without `--kubelet-certificate-authority`. */
  readonly ca: string | undefined;
  /** The time limit of a TCP connection in ms; 30 s in a real API server. */
  readonly dialTimeoutMs: number;
  /** The time limit of a TLS handshake in ms; 10 s in a real API server. */
  readonly handshakeTimeoutMs: number;
}

/** An error with the message of a Go program. */
export class DialError extends Error {}

/** Connects to a kubelet as kube-apiserver does, step by step. */
async function dial(host: string, port: number, options: DialOptions): Promise<TLSSocket> {
  const { clientCertificate, ca, dialTimeoutMs, handshakeTimeoutMs } = options;
  const target = `dial tcp ${hostAndPort(host, port)}`;
  const tcp = connectTcp({ host, port });
  await opened(
    tcp,
    'connect',
    dialTimeoutMs,
    `${target}: i/o timeout`,
    (error) => `${target}: connect: ${systemWords.get(error.code ?? '') ?? error.message}`,
  );
  const tls = connectTls({
    socket: tcp,
    secureContext: contextOf(clientCertificate(), ca),
    rejectUnauthorized: false,
  });
  await opened(
    tls,
    'secureConnect',
    handshakeTimeoutMs,
    'net/http: TLS handshake timeout',
    tlsWords,
  );
  const error = ca === undefined ? undefined : certificateError(tls, host);
  if (error === undefined) return tls;
  tls.destroy();
  throw new DialError(error);
}

/** Cached, because reading a certificate and CA takes longer than connecting. */
const contexts = new Map<string, SecureContext>();

function contextOf(pair: KeyPair, ca: string | undefined): SecureContext {
  const name = `${pair.cert}${ca}`;
  const context = contexts.get(name) ?? createSecureContext({ ...pair, ca });
  contexts.set(name, context);
  return context;
}

function opened(
  socket: Socket,
  event: 'connect' | 'secureConnect',
  timeoutMs: number,
  late: string,
  words: (error: NodeJS.ErrnoException) => string,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = (message: string) => {
      clearTimeout(timer);
      socket.destroy();
      reject(new DialError(message));
    };
    const timer = setTimeout(() => fail(late), timeoutMs);
    const failed = (error: NodeJS.ErrnoException) => fail(words(error));
    socket.once('error', failed);
    socket.once(event, () => {
      clearTimeout(timer);
      socket.off('error', failed);
      resolve();
    });
  });
}

const systemWords = new Map([
  ['ECONNREFUSED', 'connection refused'],
  ['EHOSTUNREACH', 'no route to host'],
  ['ENETUNREACH', 'network is unreachable'],
]);

function tlsWords(error: NodeJS.ErrnoException): string {
  if (error.code === 'ECONNRESET') return 'EOF';
  if (/alert internal error/.test(error.message)) return 'remote error: tls: internal error';
  if (/wrong version number|packet length too long/.test(error.message))
    return 'tls: first record does not look like a TLS handshake';
  return error.message;
}

/** Like kube-apiserver, keeps connections to kubelets open. */
export class KubeletAgent extends Agent {
  readonly #options: DialOptions;

  constructor(options: DialOptions) {
    super({ keepAlive: true });
    this.#options = options;
  }

  override createConnection(
    { host, port }: ClientRequestArgs,
    done?: (error: Error | null, socket: Duplex) => void,
  ): undefined {
    dial(host ?? '', Number(port), this.#options).then(
      (socket) => done?.(null, socket),
      // The type requires a socket even with an error.
      (error: Error) => done?.(error, undefined as never),
    );
  }
}
