import { type ChildProcess, spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { Interrupted } from '../../errors.ts';
import { openTransport, type Transport, type TransportSettings } from '../transport/transport.ts';
import { newWorker, type Worker, type WorkerPipes } from './ask-worker.ts';
import { workerCommand } from './worker-command.ts';

/** Processes that connect to kubelets, so that more than one core does. */
export interface Workers {
  /** In place of `openTransport`. */
  open(settings: TransportSettings): Transport;
  close(): void;
}

/** This process has no time for more of them. */
const mostWorkers = 4;
/** In bytes, of each, shared memory included. */
const memoryOfWorker = 100e6;

/** How many share a large fleet. On two cores they would take longer, and they take no more than half of the memory that is left. */
export function countWorkers(cores: number, memory: number): number {
  if (cores <= 2) return 0;
  return Math.min(mostWorkers, cores, Math.floor(memory / 2 / memoryOfWorker));
}

/** Undefined where they are not worth it. `wanted`, of the environment, is for tests. */
export function openWorkers(wanted: string | undefined): Workers | undefined {
  if (!process.getBuiltinModule('node:sea').isSea()) return undefined;
  // Both as a container has them.
  const memory = process.availableMemory();
  const count =
    wanted === undefined ? countWorkers(availableParallelism(), memory) : Number(wanted);
  const started = Array.from({ length: count }, startWorker).flatMap((worker) => worker ?? []);
  return started.length > 0 ? distribute(started) : undefined;
}

/** Sends all requests for one server to one worker, except those that only this process can send. */
export function distribute(pipes: readonly WorkerPipes[]): Workers {
  const workers = pipes.map(newWorker);
  let servers = 0;
  const leastBusy = (): Worker | undefined =>
    workers.filter(({ hasEnded }) => !hasEnded).sort((a, b) => a.busy - b.busy)[0];
  return {
    open: (settings) => {
      const own = openTransport(settings);
      // Decisions about certificates, and logs, are made in this process.
      if (settings.route || settings.log || settings.tls.accept) return own;
      servers += 1;
      const server = servers;
      let worker: Worker | undefined;
      return {
        ...own,
        send: async (request, signal, limits) => {
          if (signal.aborted) throw new Interrupted();
          // Another is never sent twice.
          const isSafe = /^(?:GET|HEAD)$/.test(request.method) && request.body === undefined;
          if (isSafe && !worker) worker = leastBusy();
          const asked = { server, settings, request, limits };
          const response = isSafe ? await worker?.send(asked, signal) : undefined;
          return response ?? own.send(request, signal, limits);
        },
        close: () => {
          worker?.closeServer(server);
          own.close();
        },
      };
    },
    close: () => {
      for (const worker of workers) worker.end();
    },
  };
}

/** Undefined where the system starts no more processes, or has no more descriptors. */
function startWorker(): WorkerPipes | undefined {
  try {
    const child: ChildProcess = spawn(process.execPath, [workerCommand], {
      stdio: ['pipe', 'pipe', 'inherit'],
      windowsHide: true,
    });
    // Its output ends, too.
    child.on('error', () => {});
    const { stdin: input, stdout: output } = child;
    return input && output ? { input, output } : undefined;
  } catch {
    return undefined;
  }
}
