import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import {
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FileResult } from './run-file.ts';

/** Output has both streams of all processes in the order of writing. */
export interface Finished extends FileResult {
  readonly file: string;
  readonly output: string;
}

/** Workers inherit these variables; others could change the results of tests. */
const inherited = /^(?:PATH|PATHEXT|SystemRoot|ComSpec|CI|GO[A-Z]+|NODE_V8_COVERAGE)$/i;

/**
 * Runs test files in `workers` processes, each file in the next free process. `NAME.alone.SUITE.ts` runs alone after the others, because
 * it needs the whole machine. @param more additional environment variables
 */
export async function runFiles(
  files: readonly string[],
  workers: number,
  more: Readonly<Record<string, string>>,
  report: (finished: Finished) => void,
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'kubeletaccess-tests-'));
  const isAlone = (file: string) => file.includes('.alone.');
  let started = 0;
  const work = async (queue: string[]) => {
    while (queue.length > 0) {
      const worker = startWorker(join(folder, String(started++)), more);
      while (worker.isAlive() && queue.length > 0)
        report(await worker.run(queue.shift() as string));
      await worker.stop();
    }
  };
  // The folder is removed after an interrupt too. Workers exit with this process.
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.once(signal, () => process.exit(130));
  const queue = files.filter((file) => !isAlone(file));
  await Promise.all(Array.from({ length: workers }, () => work(queue)));
  await work(files.filter(isAlone));
}

interface Worker {
  isAlive(): boolean;
  run(file: string): Promise<Finished>;
  stop(): Promise<void>;
}

/** A worker has an empty home and temporary folder, and UTC. */
function startWorker(folder: string, more: Readonly<Record<string, string>>): Worker {
  const [home, temporary] = [join(folder, 'home'), join(folder, 'tmp')];
  for (const each of [home, temporary]) mkdirSync(each, { recursive: true });
  const log = join(folder, 'output');
  const descriptor = openSync(log, 'a+', 0o600);
  const passed = Object.entries(process.env).filter(([name]) => inherited.test(name));
  const child = fork(join(import.meta.dirname, 'worker.ts'), [], {
    env: {
      ...Object.fromEntries(passed),
      HOME: home,
      TMPDIR: temporary,
      TEMP: temporary,
      TZ: 'UTC',
      ...more,
    },
    // A file keeps the order of both streams, and the output of a worker that died.
    stdio: ['ignore', descriptor, descriptor, 'ipc'],
  });
  closeSync(descriptor);
  const isAlive = () => child.exitCode === null && child.signalCode === null;
  let read = 0;
  return {
    isAlive,
    run: async (file) => {
      const started = performance.now();
      const answer = resultFrom(child);
      child.send(file);
      const result = await answer;
      const written = readFileSync(log).subarray(read);
      read += written.length;
      let output = written.toString('utf8');
      if (typeof result !== 'string') {
        const left = readdirSync(temporary);
        if (left.length === 0) return { file, output, ...result };
        for (const name of left) rmSync(join(temporary, name), { recursive: true, force: true });
        output += `FAIL ${file} left behind: ${left.join(', ')}\n`;
        const counts = { ...result.counts, failed: result.counts.failed + 1 };
        return { file, output, ...result, counts };
      }
      return {
        file,
        output: `${output}FAIL ${file}: its process ended (${result})\n`,
        counts: { passed: 0, failed: 1, skipped: 0 },
        wallMs: performance.now() - started,
        cpuMs: 0,
      };
    },
    stop: async () => {
      if (!isAlive()) return;
      const ended = once(child, 'exit');
      child.disconnect();
      await ended;
    },
  };
}

/** Resolves to the exit code or signal of a worker that ended without a result. */
function resultFrom(child: ChildProcess): Promise<FileResult | string> {
  return new Promise((resolve) => {
    const onExit = (code: number | null, signal: string | null) =>
      resolve(signal ?? `exit ${code}`);
    child.once('exit', onExit);
    child.once('message', (result: FileResult) => {
      child.off('exit', onExit);
      resolve(result);
    });
  });
}
