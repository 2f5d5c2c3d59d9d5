import type { IncomingMessage } from 'node:http';
import { connect, type Socket } from 'node:net';
import type { WebSocket } from 'ws';
import { closedPort } from './listen.ts';
import type { StreamEnd } from './streams.ts';

/** Subprotocols of port-forward that all versions of kubelets support. */
export const portProtocols: readonly string[] = ['v4.channel.k8s.io', 'v4.base64.channel.k8s.io'];

/** After one direction has ended, containerd waits this many ms for the other direction. */
const graceMs = 1000;

export function isPortForward(path: string): boolean {
  return /^\/portForward\/|\/portforward$/.test(path);
}

export function portOf({ url = '' }: Pick<IncomingMessage, 'url'>): number | undefined {
  const { searchParams } = new URL(url, 'https://kubelet');
  const text = searchParams.get('port') ?? searchParams.get('ports');
  return text === null ? undefined : Number(text);
}

/**
 * A pod whose localhost is this machine. Behaves like containerd 2: a server in the pod does not learn that the client has closed, and the
 * stream is closed a second after the server closes. Source: internal/cri/server/sandbox_portforward_linux.go, k8s.io/cri-streaming.
 */
export const podOnLoopback: StreamEnd = (socket, request) =>
  servePort(socket, request, (port) => port);

/** A pod that listens only on these ports, which are mapped to ports of this machine. */
export function podWithPorts(ports: ReadonlyMap<number, number>): StreamEnd {
  return (socket, request) => servePort(socket, request, (port) => ports.get(port) ?? closedPort);
}

function servePort(
  socket: WebSocket,
  request: IncomingMessage,
  localPortOf: (port: number) => number,
): void {
  const port = portOf(request) ?? 0;
  beginPort(socket, port);
  const target = connect({ port: localPortOf(port), host: '127.0.0.1' });
  let isEnding = false;
  const end = (words?: string) => {
    if (words !== undefined) sendTo(socket, 1, forwardError(port, words));
    target.destroy();
    socket.close(1000);
  };
  const endSoon = () => {
    if (!isEnding) setTimeout(end, graceMs);
    isEnding = true;
  };
  target.on('error', (error: NodeJS.ErrnoException) => end(wordsOf(error, port)));
  target.on('data', (data) => {
    sendTo(socket, 0, data);
    target.pause();
    drained(socket, () => target.resume());
  });
  target.on('end', endSoon);
  socket.on('message', (message: Buffer) => {
    if (message[0] === 0 && message.length > 1) deliver(target, message.subarray(1), socket);
  });
  socket.on('close', () => target.destroySoon());
}

/** Writes a message to the pod, and reads no further message before it is written. */
function deliver(target: Socket, bytes: Buffer, socket: WebSocket): void {
  if (target.destroyed || target.write(bytes)) return;
  socket.pause();
  target.once('drain', () => socket.resume());
}

function drained(socket: WebSocket, then: () => void): void {
  if (socket.bufferedAmount <= 1024 * 1024) return void setImmediate(then);
  setTimeout(() => drained(socket, then), 5);
}

/** Sends the number of the port as the first message of each channel. */
export function beginPort(socket: WebSocket, port: number): void {
  for (const channel of [0, 1]) sendTo(socket, channel, Buffer.of(port & 0xff, port >> 8));
}

export function sendTo(socket: WebSocket, channel: number, data: string | Buffer): void {
  if (socket.readyState === socket.OPEN)
    socket.send(Buffer.concat([Buffer.of(channel), Buffer.from(data)]));
}

const sandboxId = '2473d9a227f2323e1e868a2547c3d82ab2416dee36b6495c7bfccfe4f6405a38';

function forwardError(port: number, words: string): string {
  return `error forwarding port ${port} to pod ${sandboxId}, uid : failed to execute portforward in network namespace "/var/run/netns/cni-1ffc0cca-ce8c-b05a-5ac0-05598107d7ff": ${words}`;
}

function wordsOf({ code }: NodeJS.ErrnoException, port: number): string {
  if (code === 'ECONNREFUSED')
    return `failed to connect to localhost:${port} inside namespace "${sandboxId}", IPv4: dial tcp4 127.0.0.1:${port}: connect: connection refused IPv6 dial tcp6 [::1]:${port}: connect: connection refused `;
  return `read tcp4 127.0.0.1:47406->127.0.0.1:${port}: read: connection reset by peer`;
}
