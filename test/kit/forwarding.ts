import { createHash, type Hash } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { hangLimits } from './hang-limits.ts';
import type { Running } from './tool.ts';

export interface Forwarding extends Running {
  /** The local ports, in the order of the command line. */
  readonly ports: readonly number[];
}

/** Waits until all ports listen. Throws an Error with the output if port-forward fails. */
export async function forwarding(running: Running, count = 1): Promise<Forwarding> {
  let ended = false;
  void running.result.then(() => {
    ended = true;
  });
  const ports = () => [
    ...new Set(
      [...running.stdout().matchAll(/^Forwarding from \S+:(\d+) -> \d+$/gm)].map(([, port]) =>
        Number(port),
      ),
    ),
  ];
  for (let turn = 0; ports().length < count; turn += 1) {
    if (ended || turn > 10_000)
      throw new Error(`not forwarded: ${running.stdout()}${running.stderr()}`);
    await sleep(10);
  }
  return { ...running, ports: ports() };
}

export async function untilPrinted(
  running: Running,
  stream: 'stdout' | 'stderr',
  pattern: RegExp,
  timeoutMs = hangLimits.wait,
): Promise<void> {
  const end = performance.now() + timeoutMs;
  while (!pattern.test(running[stream]())) {
    if (performance.now() > end)
      throw new Error(`not printed: ${pattern}\n${running.stdout()}${running.stderr()}`);
    await sleep(10);
  }
}

/** Content that a client received, and the end of its connection. */
interface Received {
  readonly text: string;
  readonly bytes: number;
  readonly sha256: string;
  readonly end: 'end' | 'reset';
}

export interface TcpClient {
  readonly socket: Socket;
  readonly received: Promise<Received>;
}

/** @param kept the number of received bytes to keep as text */
export function connectClient(port: number, host = '127.0.0.1', kept = 64 * 1024): TcpClient {
  const socket = connect({ port, host, allowHalfOpen: true });
  const hash = createHash('sha256');
  const chunks: Buffer[] = [];
  let bytes = 0;
  const received = new Promise<Received>((resolve) => {
    const done = (end: Received['end']) =>
      resolve({ text: Buffer.concat(chunks).toString(), bytes, sha256: hash.digest('hex'), end });
    socket.on('data', (chunk: Buffer) => {
      if (bytes < kept) chunks.push(chunk);
      bytes += chunk.length;
      hash.update(chunk);
    });
    socket.once('end', () => {
      socket.end();
      done('end');
    });
    socket.once('error', () => done('reset'));
  });
  return { socket, received };
}

/** Sends chunks that all differ, and waits for a slow reader. Returns their hash. */
export async function sendBytes(socket: Socket, bytes: number, also?: Hash): Promise<string> {
  const hash = createHash('sha256');
  for (let left = bytes, turn = 0; left > 0; turn += 1) {
    const piece = pieceOf(turn).subarray(0, left);
    left -= piece.length;
    hash.update(piece);
    also?.update(piece);
    if (!socket.write(piece)) await new Promise((resolve) => socket.once('drain', resolve));
  }
  return hash.digest('hex');
}

function pieceOf(turn: number): Buffer {
  const piece = Buffer.alloc(65_536, turn % 251);
  piece.writeUInt32LE(turn);
  return piece;
}
