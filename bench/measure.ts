import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { peakBytes } from '../test/kit/peak-bytes.ts';

export interface Use {
  /** CPU time in user and system mode, in ms. */
  readonly cpuMs: number;
  readonly wallMs: number;
  /** Peak memory of the process without its children, in bytes. */
  readonly peakBytes: number;
}

/**
 * Runs a program with `input` as its stdin, and ignores its output. Accepts the exit codes 3 and 4, which commands return if nodes are
 * broken.
 */
export async function measure(
  command: readonly string[],
  env: NodeJS.ProcessEnv,
  input?: Readable,
): Promise<Use> {
  // `time` prints the time that the children of bash used. The subshell first prints its process id and then becomes the measured program,
  // so that this id can be used to read the program's memory.
  const script =
    'TIMEFORMAT="%R %U %S"; time { (echo $BASHPID >&3; exec "$@" >/dev/null 2>/dev/null); }; exit $?';
  const child = spawn('bash', ['-c', script, 'bash', ...command], {
    env,
    stdio: [input ? 'pipe' : 'ignore', 'ignore', 'pipe', 'pipe'],
  });
  if (child.stdin) input?.pipe(child.stdin);
  let pid = 0;
  let times = '';
  let peak = 0;
  child.stdio[3]?.once('data', (line: Buffer) => {
    pid = Number(line);
  });
  child.stderr?.on('data', (text: Buffer) => {
    times += text.toString();
  });
  const timer = setInterval(() => {
    if (pid > 0) peak = Math.max(peak, peakBytes(pid));
  }, 20);
  const [code] = (await once(child, 'close')) as [number];
  clearInterval(timer);
  if (code !== 0 && code !== 3 && code !== 4)
    throw new Error(`${command.join(' ')} ended with ${code}`);
  const [real = 0, user = 0, system = 0] = times.trim().split(' ').map(Number);
  return { cpuMs: (user + system) * 1000, wallMs: real * 1000, peakBytes: peak };
}

export function formatUse({ cpuMs, wallMs, peakBytes }: Use): string {
  const seconds = (ms: number) => `${(ms / 1000).toFixed(2)} s`;
  return `CPU ${seconds(cpuMs)}, time ${seconds(wallMs)}, ${Math.round(peakBytes / 1e6)} MB`;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
