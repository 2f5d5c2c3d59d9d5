import { appendFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Kinds of objects that a cluster creates outside of its folder, and removes when it stops. */
export type Kind = 'link' | 'netns' | 'cgroup' | 'tree' | 'folder';

/** Called before the creation, so that an incomplete start can be undone. */
export function recordMade(directory: string, kind: Kind, name: string): void {
  appendFileSync(join(directory, 'made'), `${kind} ${name}\n`);
}

/** Returns names, the last created first. */
export function listMade(directory: string, kind: Kind): readonly string[] {
  return lines(join(directory, 'made'))
    .filter((line) => line.startsWith(`${kind} `))
    .map((line) => line.slice(kind.length + 1))
    .reverse();
}

export interface RecordedProcess {
  readonly pid: number;
  readonly name: string;
}

/** Appends a line: rewriting the file could damage a line, which might then name another process. */
export function recordProcess(directory: string, { pid, name }: RecordedProcess): void {
  appendFileSync(join(directory, 'pids'), `${pid} ${name}\n`);
}

/** Returns processes, the last started first. Ignores damaged lines. */
export function listProcesses(directory: string): readonly RecordedProcess[] {
  return lines(join(directory, 'pids'))
    .flatMap((line) => parseProcess(line) ?? [])
    .reverse();
}

/** Rejects 0, 1 and negative numbers, which `kill` takes for many processes. */
function parseProcess(line: string): RecordedProcess | undefined {
  const [, digits, name] = /^([1-9]\d{0,8}) ([a-z][a-z0-9-]*)$/.exec(line) ?? [];
  const pid = Number(digits);
  return digits && name && pid > 1 ? { pid, name } : undefined;
}

function lines(path: string): readonly string[] {
  try {
    return readFileSync(path, 'utf8').split('\n');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') {
      return [];
    }
    throw error;
  }
}
