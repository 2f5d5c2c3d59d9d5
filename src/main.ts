import { fstatSync } from 'node:fs';
import { Readable } from 'node:stream';
import type { World } from './context.ts';
import { exitCodes, Interrupted, OutputClosed } from './errors.ts';
import { onAbort } from './kube/within.ts';
import { workerCommand } from './kube/workers/worker-command.ts';
import { beginMarks, printMarks } from './marks.ts';
import { run } from './run.ts';

/** Runs the program. Only this file uses the streams, signals and exit of the process; an import has no effect: see scripts/entry.ts. */
export async function main(): Promise<void> {
  if (process.argv[2] === workerCommand) return work();
  beginMarks();
  // An event loop that runs dry before the command ends is a defect, never a success.
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
    // A getter, because only a report needs the color depth.
    get colorDepth() {
      return process.stdout.isTTY ? process.stdout.getColorDepth(process.env) : 1;
    },
    cwd: workingFolder(),
    signal: interruption.signal,
    outputClosed: output.closed,
  };
  const code = await run(process.argv.slice(2), world);
  // If the output fails later, the handler of its error sets the code.
  if (!output.failed()) process.exitCode = code;
  endSoonAfter(interruption.signal);
  await Promise.all([flushed(process.stdout), flushed(process.stderr)]);
  printMarks((text) => process.stderr.write(text));
  // The process exits without a cleanup: the system frees everything, and a pending DNS lookup cannot be cancelled.
  process.exit();
}

/** A worker process of a fleet ignores signals, and ends with the process that started it. */
async function work(): Promise<void> {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const)
    process.on(signal, () => {});
  process.stdout.on('error', () => process.exit());
  const { serveRequests } = await import('./kube/workers/serve-requests.ts');
  await serveRequests(process.stdin, process.stdout);
  // Pending requests would outlive the process that sent them, with its token.
  process.exit();
}

/** Resolves when all written output has been read, or cannot be written any more. */
function flushed(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => {
    // Handlers of an error run after the callback of the write.
    stream.write('', () => setImmediate(resolve));
  });
}

/** Time in ms to write pending output after a signal. A terminal takes output at once, or is not read at all. */
const graceMs = () => (process.stdout.isTTY ? 100 : 400);

/** Ends the process soon after an interrupt, even if nobody reads standard output to its end. */
function endSoonAfter(interrupted: AbortSignal): void {
  onAbort(interrupted, () => {
    process.exitCode = exitCodes.interrupted;
    setTimeout(() => process.exit(), graceMs()).unref();
  });
}

/**
 * Watches the output streams for errors; `run` decides what they mean for a command. The reader of a pipe may close it, as `head` does, and
 * a terminal may hang up. An error of standard error cannot be reported.
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

/** Returns standard input. For a directory, Node.js would read nothing and report no error. */
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
  try {
    return fstatSync(descriptor).isDirectory();
  } catch {
    return false;
  }
}

/** Returns the working folder. A deleted folder has no name, and relative paths in it do not exist. */
function workingFolder(): string {
  try {
    return process.cwd();
  } catch {
    return '.';
  }
}

if (import.meta.main) void main();
