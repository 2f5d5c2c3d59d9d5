import { randomUUID } from 'node:crypto';
import { chmodSync, realpathSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { Failure } from '../../errors.ts';
import { fileProblem, inFolder } from './read-file.ts';

/** The path of a file that is written first, beside the one whose place it takes at once. */
export function partialPath(path: string): string {
  // A file's name has at most 255 bytes.
  const start = basename(path).slice(0, 150);
  return join(dirname(path), `.${start}.${randomUUID()}.partial`);
}

/** Creates or replaces a file at once: nobody sees a part of it, and none is left. Throws what node:fs throws. */
export function replaceFile(path: string, text: string, mode: number): void {
  const partial = partialPath(path);
  try {
    writeFileSync(partial, text, { flag: 'wx', mode });
    // Whatever umask says: others may have to run it.
    chmodSync(partial, mode);
    renameSync(partial, path);
  } catch (error) {
    rmSync(partial, { force: true });
    throw error;
  }
}

/** The same for a file that a user names, which everybody may read. Throws a Failure. */
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
    replaceFile(stats ? realpathSync(whole) : whole, text, 0o644);
  } catch (cause) {
    if (cause instanceof Failure) throw cause;
    throw new Failure(`unable to write ${path}: ${fileProblem(cause)}`, { cause });
  }
}
