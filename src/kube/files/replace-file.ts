import { randomUUID } from 'node:crypto';
import {
  closeSync,
  fchmodSync,
  openSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { Failure } from '../../errors.ts';
import { fileFailure, inFolder } from './read-file.ts';

/** The path of a file that is written first, beside the one whose place it takes at once. */
export function partialPath(path: string): string {
  // A file's name has at most 255 bytes.
  const start = basename(path).slice(0, 150);
  return join(dirname(path), `.${start}.${randomUUID()}.partial`);
}

/** Creates or replaces a file at once: nobody sees a part of it, and none is left. Throws errors of node:fs. */
export function replaceFile(path: string, text: string, mode: number): void {
  const partial = partialPath(path);
  try {
    const file = openSync(partial, 'wx', mode);
    try {
      writeFileSync(file, text);
      // Whatever umask says: others may have to run it.
      fchmodSync(file, mode);
    } finally {
      closeSync(file);
    }
    renameSync(partial, path);
  } catch (error) {
    rmSync(partial, { force: true });
    throw error;
  }
}

/** The same for a file that a user names: a new one everybody may read, another keeps its mode. Throws a Failure. */
export function replaceOutputFile(path: string, cwd: string, text: string): void {
  const whole = inFolder(cwd, path);
  try {
    const stats = statSync(whole, { throwIfNoEntry: false });
    // In place of a device or a pipe there would be a file.
    if (stats && !stats.isFile())
      throw new Failure(`unable to write ${path}: not a regular file`, {
        hints: ['write to stdout: -'],
      });
    // A link stays one.
    if (stats) replaceFile(realpathSync(whole), text, stats.mode & 0o777);
    else replaceFile(whole, text, 0o644);
  } catch (cause) {
    throw fileFailure(`write ${path}`, cause);
  }
}
