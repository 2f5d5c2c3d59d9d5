import { execFile } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

export interface RunOptions {
  readonly cwd?: string;
  /** Variables in addition to this process's environment. */
  readonly env?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
  /** The time limit in ms; by default 60 seconds. */
  readonly timeoutMs?: number;
}

/** Runs a command and returns its stdout. If it fails, throws an Error with the command and the end of its stderr. */
export function run(
  command: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<string> {
  const { signal, timeoutMs = 60_000 } = options;
  signal?.throwIfAborted();
  return new Promise((resolve, reject) => {
    const child = execFile(
      command,
      args,
      {
        cwd: options.cwd,
        env: { ...systemEnvironment(), ...options.env },
        timeout: timeoutMs,
        maxBuffer: 64 * 1024 * 1024,
      },
      (error, stdout, stderr) => {
        signal?.removeEventListener('abort', interrupt);
        if (!error) {
          resolve(stdout);
          return;
        }
        const words = [command, ...args].join(' ');
        const reason = error.killed ? `stopped after ${timeoutMs / 1000} s at most` : error.code;
        const message = `${words}: ${reason}\n${tail(stderr, 20)}`.trimEnd();
        reject(signal?.aborted ? signal.reason : new Error(message, { cause: error }));
      },
    );
    // The `signal` option of execFile is not used, because it would not wait until the process has exited. The process could still create
    // files during the cleanup.
    const interrupt = () => {
      child.kill('SIGTERM');
      setTimeout(() => child.kill('SIGKILL'), 10_000).unref();
    };
    signal?.addEventListener('abort', interrupt, { once: true });
  });
}

export function findCommand(name: string): string | undefined {
  return (systemEnvironment().PATH ?? '')
    .split(delimiter)
    .map((folder) => join(folder, name))
    .find((path) => {
      try {
        accessSync(path, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}

/** Returns the environment of this process. Adds folders for administrators to PATH, because `su` may leave them out. */
export function systemEnvironment(): NodeJS.ProcessEnv & { PATH?: string } {
  return { ...process.env, PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/usr/bin:/sbin:/bin` };
}

export function tail(text: string, lines: number): string {
  return text.trimEnd().split('\n').slice(-lines).join('\n');
}
