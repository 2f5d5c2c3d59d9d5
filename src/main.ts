import { fstatSync } from 'node:fs';
import { Readable } from 'node:stream';
import { attempt } from './attempt.ts';
import type { World } from './context.ts';
import { exitCodes, Interrupted, OutputClosed } from './errors.ts';
import { onAbort } from './kube/within.ts';
import { workerCommand } from './kube/workers/worker-command.ts';
import { beginMarks, printMarks } from './marks.ts';
import { run } from './run.ts';

/**
 * Runs the program. Only this file uses the streams, signals and exit code of the process. Importing this file does not run the program:
 * scripts/entry.ts calls `main`.
 */
export async function main(): Promise<void> {
  if (process.argv[2] === workerCommand) return work();
  beginMarks();
  // If Node.js exits because nothing is pending although the command has not ended, the exit code must show a defect.
  process.exitCode = exitCodes.defect;
  const interruption = new AbortController();
  // By default, SIGQUIT would end the process without restoring the terminal.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const)
    process.once(signal, () => interruption.abort(new Interrupted()));
  const output = watchOutput();
  const world: World = {
    env: process.env,
    get stdin() {
      return standardInput();
    },
    stdout: process.stdout,
    stderr: process.stderr,
    // This is a getter, because only reports need the color depth.
    get colorDepth() {
      return process.stdout.isTTY ? process.stdout.getColorDepth(process.env) : 1;
    },
    cwd: workingFolder(),
    signal: interruption.signal,
    outputClosed: output.closed,
  };
  const code = await run(process.argv.slice(2), world);
  // After an error of standard output, watchOutput sets the exit code.
  if (!output.failed()) process.exitCode = code;
  endSoonAfter(interruption.signal);
  await Promise.all([flushed(process.stdout), flushed(process.stderr)]);
  printMarks((text) => process.stderr.write(text));
  // The process exits without a cleanup, because the system frees everything, and a pending DNS lookup cannot be canceled.
  process.exit();
}

/** Runs a worker process, which calls a part of the nodes. It ignores signals, and ends when the process that started it ends. */
async function work(): Promise<void> {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const)
    process.on(signal, () => {});
  process.stdout.on('error', () => process.exit());
  const { serveRequests } = await import('./kube/workers/serve-requests.ts');
  await serveRequests(process.stdin, process.stdout);
  // Exits at once, because pending requests would outlive the process that sent them, with its token.
  process.exit();
}

/** Resolves when all written output has been read, or cannot be written any more. */
function flushed(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => {
    // The handler of a write error runs after the callback of the write, so `resolve` waits for it.
    stream.write('', () => setImmediate(resolve));
  });
}

/**
 * Time in ms to write pending output after a signal. It is short for a terminal: unless stopped, a terminal takes output at once.
 */
const graceMs = () => (process.stdout.isTTY ? 100 : 400);

/** Ends the process soon after an interrupt, even if nobody reads the rest of standard output. */
function endSoonAfter(interrupted: AbortSignal): void {
  onAbort(interrupted, () => {
    process.exitCode = exitCodes.interrupted;
    setTimeout(() => process.exit(), graceMs()).unref();
  });
}

/**
 * Watches the output streams for errors. Each error of standard output aborts `closed`. It is printed unless the reader of a pipe closed
 * the pipe, as `head` does, or a terminal hung up. An error of standard error cannot be reported.
 */
function watchOutput(): { readonly closed: AbortSignal; readonly failed: () => boolean } {
  const closing = new AbortController();
  let failed = false;
  process.stderr.on('error', () => {});
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    const isGone = error.code === 'EPIPE' || (error.code === 'EIO' && process.stdout.isTTY);
    if (!isGone && !failed && !closing.signal.aborted) {
      failed = true;
      process.exitCode = exitCodes.error;
      process.stderr.write(`error: cannot write: ${error.message}\n`);
    }
    closing.abort(new OutputClosed());
  });
  return { closed: closing.signal, failed: () => failed };
}

/** Returns standard input. If it is a directory, reading it is an error, because Node.js itself would read nothing and report no error. */
function standardInput(): Readable {
  return isDirectory(0)
    ? new Readable({
        read() {
          this.destroy(new Error('it is a directory'));
        },
      })
    : process.stdin;
}

function isDirectory(descriptor: number): boolean {
  return attempt(() => fstatSync(descriptor).isDirectory()) ?? false;
}

/** Returns the working folder. If it was deleted, returns `.`, because the folder has no name, and no relative path exists in it. */
function workingFolder(): string {
  return attempt(() => process.cwd()) ?? '.';
}

if (import.meta.main) void main();
