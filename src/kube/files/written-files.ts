import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { Failure } from '../../errors.ts';
import { isClosed, isOwn } from './ownership.ts';
import { codeOf, fileFailure } from './read-file.ts';

/** The files of a folder that runs of this program wrote. Files of others are never replaced or removed. */
export interface WrittenFiles {
  has(name: string): boolean;
  added(name: string): void;
  removed(name: string): void;
}

/** A line each: `+NAME` for a file that was written, `-NAME` for one that was removed. */
const listName = '.kubectl-kubeletaccess-files';

const { O_RDONLY, O_WRONLY, O_APPEND, O_CREAT, O_NONBLOCK = 0, O_NOFOLLOW = 0 } = constants;

/** A list that others may have written counts as none. Several runs may write to the folder: they only append. */
export function openWrittenFiles(folder: string): WrittenFiles {
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

/** Throws a Failure for a file that is there, and that no run wrote. */
export function checkReplaceable(folder: string, name: string, written: WrittenFiles): void {
  const path = join(folder, name);
  if (written.has(name) || !isThere(path)) return;
  throw new Failure(`${path} exists, and no earlier run wrote it: it is kept`, {
    hints: ['write to a folder of its own: --output-dir DIR'],
  });
}

function readOwn(path: string): string {
  try {
    const file = openSync(path, O_RDONLY | O_NONBLOCK | O_NOFOLLOW);
    try {
      return isOwnFile(file) ? readFileSync(file, 'utf8') : '';
    } finally {
      closeSync(file);
    }
  } catch {
    return '';
  }
}

/** Whether an open file is a regular one that only the user writes. */
function isOwnFile(file: number): boolean {
  const stats = fstatSync(file);
  return stats.isFile() && isOwn(stats) && isClosed(stats);
}

function append(path: string, line: string): void {
  try {
    // A pipe would wait for its reader for ever.
    const file = openSync(path, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK, 0o600);
    try {
      if (!isOwnFile(file)) throw new Failure(`${path} is not used: it belongs to another user`);
      writeSync(file, line);
    } finally {
      closeSync(file);
    }
  } catch (cause) {
    throw fileFailure(`write ${path}`, cause);
  }
}

/** A link is there, too, wherever it leads. */
function isThere(path: string): boolean {
  try {
    lstatSync(path);
    return true;
  } catch (error) {
    return codeOf(error) !== 'ENOENT';
  }
}
