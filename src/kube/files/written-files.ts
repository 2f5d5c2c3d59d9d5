import { constants, fstatSync, lstatSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { attempt } from '../../attempt.ts';
import { Failure } from '../../errors.ts';
import { isClosed, isOwn } from './ownership.ts';
import { codeOf, fileFailure, withFile } from './read-file.ts';

/** Names of the files in a folder that earlier runs of this program wrote. Other files are never replaced or removed. */
export interface WrittenFiles {
  has(name: string): boolean;
  added(name: string): void;
  removed(name: string): void;
}

/** Name of the file that lists the written files. A line is `+NAME` for a file that was written, or `-NAME` for a file that was removed. */
const listName = '.kubectl-kubeletaccess-files';

const { O_RDONLY, O_WRONLY, O_APPEND, O_CREAT, O_NONBLOCK = 0, O_NOFOLLOW = 0 } = constants;

/**
 * Reads the list of files. If another user may have written the list, acts as if it were empty. Each run only appends to the list, because
 * several runs may write at once.
 */
export function readWrittenFiles(folder: string): WrittenFiles {
  const path = join(folder, listName);
  const names = new Set<string>();
  for (const line of readOwn(path).split('\n')) {
    if (line.startsWith('+')) names.add(line.slice(1));
    else names.delete(line.slice(1));
  }
  return {
    has: (name) => names.has(name),
    added: (name) => {
      if (!names.has(name)) append(path, `+${name}\n`);
      names.add(name);
    },
    removed: (name) => {
      append(path, `-${name}\n`);
      names.delete(name);
    },
  };
}

/** Throws a Failure if the file exists and no earlier run wrote it. */
export function checkReplaceable(folder: string, name: string, written: WrittenFiles): void {
  const path = join(folder, name);
  if (written.has(name) || !isThere(path)) return;
  throw new Failure(`${path} exists, and no earlier run wrote it: it is kept`, {
    hints: ['write to a folder of its own: --output-dir DIR'],
  });
}

function readOwn(path: string): string {
  const read = (file: number) => (isOwnFile(file) ? readFileSync(file, 'utf8') : '');
  return attempt(() => withFile(path, O_RDONLY | O_NONBLOCK | O_NOFOLLOW, read)) ?? '';
}

/** Whether an open file is a regular file that only the user can write to. */
function isOwnFile(file: number): boolean {
  const stats = fstatSync(file);
  return stats.isFile() && isOwn(stats) && isClosed(stats);
}

function append(path: string, line: string): void {
  try {
    // O_NONBLOCK is needed if the path is a pipe: opening it would otherwise wait for a reader, possibly forever.
    const flags = O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK;
    const write = (file: number) => {
      if (!isOwnFile(file)) throw new Failure(`${path} is not used: it belongs to another user`);
      writeSync(file, line);
    };
    withFile(path, flags, write, 0o600);
  } catch (cause) {
    throw fileFailure(`write ${path}`, cause);
  }
}

/** Whether the path exists; a link counts even if its target does not exist. */
function isThere(path: string): boolean {
  try {
    lstatSync(path);
    return true;
  } catch (error) {
    return codeOf(error) !== 'ENOENT';
  }
}
