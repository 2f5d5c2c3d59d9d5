import { existsSync, readFileSync } from 'node:fs';

/** The most memory that a process has had, from /proc; elsewhere it cannot be seen, and counts as none. */
export function peakBytes(pid: number): number {
  const status = `/proc/${pid}/status`;
  const line = existsSync(status) ? /VmHWM:\s+(\d+) kB/.exec(readFileSync(status, 'utf8')) : null;
  return Number(line?.[1] ?? 0) * 1024;
}
