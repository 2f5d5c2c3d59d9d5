import { type ChildProcess, spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { Interrupted } from '../../errors.ts';
import { openTransport, type Transport, type TransportSettings } from '../transport/transport.ts';
import { newWorker, type Worker, type WorkerPipes } from './ask-worker.ts';
import { workerCommand } from './worker-command.ts';

/** Processes that send requests to kubelets, in order to use more than one core. */
export interface Workers {
  /** Opens a transport, in place of `openTransport`. */
  open(settings: TransportSettings): Transport;
  close(): void;
}

/** Limit of workers: this process could not keep up with more. */
const mostWorkers = 4;
/** Memory of each worker in bytes, including shared memory. */
const memoryOfWorker = 100e6;

/** Returns the number of workers for a large fleet: 0 for two cores, where they would be slower; all fit in half of the memory. */
export function countWorkers(cores: number, memory: number): number {
  if (cores <= 2) return 0;
  return Math.min(mostWorkers, cores, Math.floor(memory / 2 / memoryOfWorker));
}

/** Starts workers; undefined if they gain nothing. `wanted` comes from the environment, for tests. */
export function openWorkers(wanted: string | undefined): Workers | undefined {
  if (!process.getBuiltinModule('node:sea').isSea()) return undefined;
  // In a container, these functions return the limits of the container.
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
      // Proxies, logs, and decisions about certificates need this process.
      if (settings.route || settings.log || settings.tls.accept) return own;
      servers += 1;
      const server = servers;
      let worker: Worker | undefined;
      return {
        ...own,
        send: async (request, signal, limits) => {
          if (signal.aborted) throw new Interrupted();
          // Other requests could be sent twice, and must not be.
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

/** Starts a worker; undefined if the system allows no more processes or descriptors. */
function startWorker(): WorkerPipes | undefined {
  try {
    const child: ChildProcess = spawn(process.execPath, [workerCommand], {
      stdio: ['pipe', 'pipe', 'inherit'],
      windowsHide: true,
    });
    // Ignores errors, because the output of the process closes as well.
    child.on('error', () => {});
    const { stdin: input, stdout: output } = child;
    return input && output ? { input, output } : undefined;
  } catch {
    return undefined;
  }
}
