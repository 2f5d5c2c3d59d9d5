import { spawn } from 'node:child_process';
import { closeSync, openSync, readdirSync, readFileSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { systemEnvironment, tail } from '../../scripts/tools/shell.ts';
import { waitFor } from '../kit/wait-for.ts';
import { type RecordedProcess, recordProcess } from './journal.ts';

/** Starts a program that outlives this process, and writes its log to the folder of the cluster. */
export async function startProcess(
  directory: string,
  name: string,
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<RecordedProcess> {
  const log = openSync(join(directory, 'log', `${name}.log`), 'a');
  try {
    const child = spawn(command, args, {
      cwd: directory,
      detached: true,
      env: { ...systemEnvironment(), ...env },
      stdio: ['ignore', log, log],
    });
    if (child.pid !== undefined) {
      recordProcess(directory, { pid: child.pid, name });
    }
    await new Promise((resolve, reject) => {
      child.once('spawn', resolve);
      child.once('error', reject);
    });
    child.unref();
    return { pid: child.pid ?? 0, name };
  } finally {
    closeSync(log);
  }
}

/** Returns the words of a command line; no words for a process that has exited. */
function commandLine(pid: number): readonly string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').slice(0, -1);
  } catch {
    return [];
  }
}

/** Returns the fields of proc_pid_stat(5) from the state on. The name before it may contain anything. */
function readStat(pid: number): readonly string[] {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
}

/**
 * Returns true as soon as the process has ended, even if its parent has not waited for it. Does not look at the command line, because it is
 * empty for a moment while nsenter, unshare and sh replace themselves.
 */
export function hasEnded(pid: number): boolean {
  try {
    const [state = ''] = readStat(pid);
    const isOver = /^[ZX]/.test(state);
    // Other threads, which keep ports open, may outlive the first.
    return isOver && readdirSync(`/proc/${pid}/task`).length <= 1;
  } catch {
    return true;
  }
}

/** Returns when a process started, in ticks since the machine started; undefined for a process that has ended. */
export function beganAt(pid: number): string | undefined {
  try {
    return readStat(pid)[19];
  } catch {
    return undefined;
  }
}

/**
 * Returns whether a process belongs to a cluster of tests. A later process may have the same id, so its command line must contain one of
 * the folders.
 */
export function isOurs(pid: number, folders: readonly string[]): boolean {
  return commandLine(pid).some((word) => folders.some((folder) => word.includes(`${folder}/`)));
}

export function findProcesses(isWanted: (words: readonly string[]) => boolean): readonly number[] {
  return readdirSync('/proc')
    .filter((name) => /^[1-9]\d*$/.test(name))
    .map(Number)
    .filter((pid) => isWanted(commandLine(pid)));
}

/** Throws for an id that stands for several processes. */
export function signalProcess(pid: number, signal: 'SIGTERM' | 'SIGKILL'): void {
  if (!Number.isSafeInteger(pid) || pid <= 1) {
    throw new Error(`not the number of a process: ${pid}`);
  }
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') {
      throw error;
    }
  }
}

/** Terminates a process, kills it after ten seconds, and waits for its end. */
export async function endProcess(
  { pid, name }: RecordedProcess,
  folders: readonly string[],
): Promise<void> {
  // The command line may be empty before the ports are closed.
  const isGone = () => hasEnded(pid);
  if (!isOurs(pid, folders)) return;
  for (const kind of ['SIGTERM', 'SIGKILL'] as const) {
    if (!isGone()) {
      signalProcess(pid, kind);
    }
    try {
      await waitFor(`${name} to end`, 10_000, isGone);
      return;
    } catch (error) {
      if (kind === 'SIGKILL') {
        throw error;
      }
    }
  }
}

export async function logTails(directory: string): Promise<string> {
  const folder = join(directory, 'log');
  const names = await readdir(folder).catch(() => []);
  const ends = await Promise.all(
    names
      .sort()
      .map(async (name) => `==> ${name}\n${tail(await readFile(join(folder, name), 'utf8'), 6)}`),
  );
  return ends.join('\n');
}
