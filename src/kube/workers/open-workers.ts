import { type ChildProcess, spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { Interrupted } from '../../errors.ts';
import { openTransport, type Transport, type TransportSettings } from '../transport/transport.ts';
import { newWorker, type Worker, type WorkerPipes } from './ask-worker.ts';
import { workerCommand } from './worker-command.ts';

/** Processes that send requests to kubelets, so that more than one core is used. */
export interface Workers {
  /** Returns a transport that uses a worker; replaces `openTransport`. */
  open(settings: TransportSettings): Transport;
  close(): void;
}

/** Limit of the number of workers. This process could not read the output of more. */
const mostWorkers = 4;
/** Memory that each worker needs in bytes, including shared memory. */
const memoryOfWorker = 100e6;

/**
 * Returns the number of workers for many nodes. It is 0 for two cores, because workers would make the command slower. All workers together
 * use at most half of the memory.
 */
export function countWorkers(cores: number, memory: number): number {
  if (cores <= 2) return 0;
  return Math.min(mostWorkers, cores, Math.floor(memory / 2 / memoryOfWorker));
}

/** Starts workers; returns undefined if they would not help. Tests set `wanted`, the number of workers, by an environment variable. */
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
      // A worker cannot use a proxy, write the log or decide about certificates.
      if (settings.route || settings.log || settings.tls.accept) return own;
      servers += 1;
      const server = servers;
      let worker: Worker | undefined;
      return {
        ...own,
        send: async (request, signal, limits) => {
          if (signal.aborted) throw new Interrupted();
          // Workers get only requests that may be sent twice: if a worker fails, this process sends the request again.
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

/** Starts a worker; returns undefined if the operating system allows no more processes or file descriptors. */
function startWorker(): WorkerPipes | undefined {
  try {
    const child: ChildProcess = spawn(process.execPath, [workerCommand], {
      stdio: ['pipe', 'pipe', 'inherit'],
      windowsHide: true,
    });
    // Errors are ignored, because the output of the process also closes.
    child.on('error', () => {});
    const { stdin: input, stdout: output } = child;
    return input && output ? { input, output } : undefined;
  } catch {
    return undefined;
  }
}
