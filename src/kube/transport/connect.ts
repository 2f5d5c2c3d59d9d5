import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { mark } from '../../marks.ts';
import { within } from '../within.ts';
import { type Stage, TransportError } from './error.ts';
import { type Limits, msUntil } from './limits.ts';
import { checkPeer, type TlsSettings, tlsOptions } from './tls.ts';
import { readInto, sharedSpace, type VerifiedSocket } from './verified-socket.ts';

export interface Peer {
  readonly host: string;
  readonly port: number;
  /** TLS settings; undefined for a plain connection. */
  readonly tls: TlsSettings | undefined;
  /** Opens the connection that is used in place of TCP, such as a tunnel through a proxy; undefined for TCP. */
  readonly tunnel?: ((signal: AbortSignal) => Promise<Socket>) | undefined;
  /** Whether the caller reads the socket itself and may keep its chunks. */
  readonly keepsChunks?: boolean;
}

export interface Opening {
  stage: Stage;
  /** Start of the first stage and end of each stage, as times of `performance.now()`. */
  readonly begun: number;
  resolved: number;
  connected: number;
  secured: number;
  /** Called when the connection is open, before the TLS handshake. */
  dialed(): void;
  /** Called after the handshake, before `accept` decides about the certificate. The decision may take long. */
  deciding(): void;
  /** Cancels the attempt to connect. `connect` then throws an error. */
  cancel(): void;
}

export function newOpening(): Opening {
  const begun = performance.now();
  const moments = { begun, resolved: begun, connected: begun, secured: begun };
  return { stage: 'connect', ...moments, dialed: () => {}, deciding: () => {}, cancel: () => {} };
}

/** Opens a connection and verifies the peer. Throws a TransportError, or an error of the tunnel or `accept`. */
export async function connect(peer: Peer, opening: Opening): Promise<VerifiedSocket> {
  const { host, tls } = peer;
  const through = peer.tunnel && (await openTunnel(peer.tunnel, opening));
  const verified = openSocket(peer, through);
  const { socket } = verified;
  opening.cancel = () => socket.destroy();
  try {
    const isConnected = () => {
      mark('connected');
      opening.connected = performance.now();
      opening.secured = opening.connected;
      if (!tls) return;
      opening.stage = 'handshake';
      opening.dialed();
    };
    if (socket.connecting) {
      if (!isIP(host))
        socket.on('lookup', () => {
          opening.resolved = performance.now();
        });
      socket.on('connect', isConnected);
    } else isConnected();
    if (tls || socket.connecting) await until(socket, tls ? 'secureConnect' : 'connect', opening);
    if (!tls) return verified;
    if (tls.accept) opening.deciding();
    await checkPeer(socket as TLSSocket, tls, host);
    if (socket.destroyed) throw new TransportError('handshake', 'ECONNRESET');
    mark('secured');
    opening.secured = performance.now();
    return verified;
  } catch (error) {
    socket.destroy();
    throw error;
  }
}

/** Connects and verifies the peer, within the limits. Throws the errors of `connect`, or Interrupted. */
export async function connectWithin(
  peer: Peer,
  limits: Pick<Limits, 'connectMs' | 'deadline'>,
  signal: AbortSignal,
): Promise<VerifiedSocket> {
  const opening = newOpening();
  const late = () => new TransportError(opening.stage, 'timeout');
  const ms = Math.min(limits.connectMs, msUntil(limits.deadline));
  try {
    return await within(signal, ms, late, () => connect(peer, opening));
  } catch (error) {
    opening.cancel();
    throw error;
  }
}

function openSocket(
  { host, port, tls, keepsChunks }: Peer,
  through: Socket | undefined,
): VerifiedSocket {
  const options = { host, port, noDelay: true, keepAlive: true, keepAliveInitialDelay: 15_000 };
  if (!tls) return { socket: through ?? connectTcp(options), buffer: undefined };
  // Sockets for TLS within TLS do not use the shared memory, because the inner socket reads from the outer socket.
  const isReadElsewhere = through || keepsChunks || tls.peer === 'proxy';
  const buffer = isReadElsewhere ? undefined : { space: sharedSpace };
  const socket: TLSSocket = connectTls({
    ...options,
    ...tlsOptions(tls, host),
    ...(through && { socket: through }),
    ...(buffer && { onread: readInto(buffer, () => socket) }),
  });
  // Keeps Node.js from decoding the whole certificate chain to compare names. checkPeer compares them.
  socket.getPeerCertificate = () => ({}) as never;
  return { socket, buffer };
}

async function openTunnel(tunnel: NonNullable<Peer['tunnel']>, opening: Opening): Promise<Socket> {
  const canceling = new AbortController();
  opening.cancel = () => canceling.abort();
  const socket = await tunnel(canceling.signal);
  if (canceling.signal.aborted) socket.destroy();
  return socket;
}

function until(socket: Socket, event: string, opening: Opening): Promise<void> {
  return new Promise((resolve, reject) => {
    let isOpen = false;
    const fail = (error?: NodeJS.ErrnoException) => {
      // No error is created if a connection ends after it was open, because creating an Error takes time.
      if (!isOpen) reject(new TransportError(opening.stage, error?.code ?? 'ECONNRESET', error));
    };
    socket.on(event, () => {
      isOpen = true;
      resolve();
    });
    // This listener is not removed, because an error event without a listener would end the process.
    socket.on('error', fail);
    socket.on('close', () => fail());
  });
}
