import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';

/** Returns the peak memory of a process, as /proc shows it; 0 on systems without /proc. */
export function peakBytes(pid: number): number {
  const status = `/proc/${pid}/status`;
  const line = existsSync(status) ? /VmHWM:\s+(\d+) kB/.exec(readFileSync(status, 'utf8')) : null;
  return Number(line?.[1] ?? 0) * 1024;
}

/** Returns the peak memory of a program in bytes, and shows its stderr. */
export async function runMeasured(
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
) {
  const child = spawn(command, args, { env, stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  let peak = 0;
  const look = () => {
    peak = Math.max(peak, peakBytes(child.pid ?? 0));
  };
  const timer = setInterval(look, 5);
  const chunks: Buffer[] = [];
  for await (const chunk of child.stdout as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    look();
  }
  clearInterval(timer);
  return { code: await ended, stdout: Buffer.concat(chunks).toString('utf8'), peak };
}
