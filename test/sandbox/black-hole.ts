import { connect } from 'node:net';
import { Worker } from 'node:worker_threads';

// Timers of real time, because the kernel does not follow virtual time.
const { setTimeout, clearTimeout } = globalThis;

/** A port that does not answer connection attempts. */
export interface BlackHole {
  readonly port: number;
  stop(): Promise<void>;
}

// A thread that listens and then blocks never accepts a connection. When its short queue is full, the kernel drops new connections.
const sleepingListener = `
const { parentPort, workerData } = require('node:worker_threads');
const server = require('node:net').createServer();
server.listen({ ...workerData, backlog: 1 }, () => {
  parentPort.postMessage(server.address().port);
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
});`;

/** Opens a port that drops connections, by default a free port of all addresses. Needs no privileges, unlike a firewall rule. */
export async function openBlackHole(at = { host: '0.0.0.0', port: 0 }): Promise<BlackHole> {
  const worker = new Worker(sleepingListener, { eval: true, workerData: at });
  const stop = async () => {
    await worker.terminate();
  };
  try {
    const port = await new Promise<number>((resolve, reject) => {
      worker.once('message', resolve);
      worker.once('error', reject);
    });
    await fill(at.host, port);
    return { port, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Connects until the queue is full and an attempt gets no answer. Closed connections stay in the queue. */
async function fill(host: string, port: number): Promise<void> {
  for (let attempt = 0; attempt < 8; attempt += 1) if (!(await connects(host, port))) return;
  throw new Error('the black hole answers');
}

function connects(host: string, port: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port });
    const giveUp = () => {
      socket.destroy();
      resolve(false);
    };
    // On a busy machine, the timer may fire before a connect event that is already pending.
    const timer = setTimeout(() => setImmediate(() => setImmediate(giveUp)), 300);
    socket.once('connect', () => {
      clearTimeout(timer);
      socket.destroy();
      resolve(true);
    });
    socket.once('error', (error) => {
      clearTimeout(timer);
      reject(error);
    });
  });
}
