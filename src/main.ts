import { fstatSync } from 'node:fs';
import { Readable } from 'node:stream';
import type { World } from './context.ts';
import { exitCodes, Interrupted, OutputClosed } from './errors.ts';
import { onAbort } from './kube/within.ts';
import { workerCommand } from './kube/workers/worker-command.ts';
import { beginMarks, printMarks } from './marks.ts';
import { run } from './run.ts';

/** Runs the program. Only this function uses the streams, signals and exit of the process; nothing happens on import: see scripts/entry.ts. */
export async function main(): Promise<void> {
  if (process.argv[2] === workerCommand) return work();
  beginMarks();
  // An event loop that runs dry before the command ends is a defect, never a success.
  process.exitCode = exitCodes.defect;
  const interruption = new AbortController();
  // By default, SIGQUIT would leave a terminal as it is.
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
    // Read when a command prints a report, not at start.
    get colorDepth() {
      return process.stdout.isTTY ? process.stdout.getColorDepth(process.env) : 1;
    },
    cwd: workingFolder(),
    signal: interruption.signal,
    outputClosed: output.closed,
  };
  const code = await run(process.argv.slice(2), world);
  // An error may also come later: its handler sets the code then.
  if (!output.failed()) process.exitCode = code;
  endSoonAfter(interruption.signal);
  await Promise.all([flushed(process.stdout), flushed(process.stderr)]);
  printMarks((text) => process.stderr.write(text));
  // Nothing is torn down that the system tears down; and a name that DNS does not find cannot be given up.
  process.exit();
}

/** As one of several processes that share a fleet. It ends with the one that started it, whatever is sent to both. */
async function work(): Promise<void> {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const)
    process.on(signal, () => {});
  process.stdout.on('error', () => process.exit());
  const { serveRequests } = await import('./kube/workers/serve-requests.ts');
  await serveRequests(process.stdin, process.stdout);
  // Requests that still run would outlive who asked, with its token.
  process.exit();
}

/** Once all that was written is read, or cannot be written any more. */
function flushed(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => {
    // The handlers of an error come after the callback of the write.
    stream.write('', () => setImmediate(resolve));
  });
}

/** In ms, for what is written when a signal comes. A terminal takes it at once, or nobody reads it. */
const graceMs = () => (process.stdout.isTTY ? 100 : 400);

/** The process lives until standard output is read to its end, which nobody may do: an interrupt does not wait for it. */
function endSoonAfter(interrupted: AbortSignal): void {
  onAbort(interrupted, () => {
    process.exitCode = exitCodes.interrupted;
    setTimeout(() => process.exit(), graceMs()).unref();
  });
}

/**
 * An error of a stream ends nothing here: run decides, by the command. The reader of a pipe may close it, as `head` does, and
 * a terminal may hang up. Nobody can be told of an error on standard error.
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

/** Node reads nothing of a directory, and says nothing. */
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

/** A folder that was deleted has no name; paths that begin there do not exist. */
function workingFolder(): string {
  try {
    return process.cwd();
  } catch {
    return '.';
  }
}

if (import.meta.main) void main();
