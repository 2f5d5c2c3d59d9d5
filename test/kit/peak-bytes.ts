import { existsSync, readFileSync } from 'node:fs';

/** The peak memory of a process, from /proc; 0 on systems without it. */
export function peakBytes(pid: number): number {
  const status = `/proc/${pid}/status`;
  const line = existsSync(status) ? /VmHWM:\s+(\d+) kB/.exec(readFileSync(status, 'utf8')) : null;
  return Number(line?.[1] ?? 0) * 1024;
}
