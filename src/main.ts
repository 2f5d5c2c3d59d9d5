import type { Context } from './context.ts';
import { exitCodes, Interrupted } from './errors.ts';
import { run } from './run.ts';

/** Runs the program. Only this function uses the streams, signals and exit of the process; nothing happens on import: see scripts/entry.ts. */
export async function main(): Promise<void> {
  // An event loop that runs dry before the command ends is a defect, never a success.
  process.exitCode = exitCodes.defect;
  const interruption = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => interruption.abort(new Interrupted()));
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      // The reader closed the pipe, as `head` does.
      if (error.code === 'EPIPE') process.exit(exitCodes.ok);
      if (stream === process.stdout)
        process.stderr.write(`error: cannot write: ${error.message}\n`);
      process.exit(exitCodes.error);
    });
  }
  const context: Context = {
    env: process.env,
    get stdin() {
      return process.stdin;
    },
    stdout: process.stdout,
    stderr: process.stderr,
    // Read when a command prints a report, not at start.
    get colorDepth() {
      return process.stdout.isTTY ? process.stdout.getColorDepth(process.env) : 1;
    },
    cwd: process.cwd(),
    signal: interruption.signal,
  };
  process.exitCode = await run(process.argv.slice(2), context);
}

if (import.meta.main) void main();
