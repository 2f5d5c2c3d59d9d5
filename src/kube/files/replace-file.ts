import { randomUUID } from 'node:crypto';
import { fchmodSync, realpathSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { Failure } from '../../errors.ts';
import { fileFailure, inFolder, withFile } from './read-file.ts';

/**
 * Returns the path of a partial file in the folder of the final file. When it is complete, the partial file is renamed to the final file.
 */
export function partialPath(path: string): string {
  // File names have at most 255 bytes.
  const start = basename(path).slice(0, 150);
  return join(dirname(path), `.${start}.${randomUUID()}.partial`);
}

/**
 * Creates or replaces a file in one step: other programs never see a partial file, and no partial file remains after an error. Throws
 * errors of node:fs.
 */
export function replaceFile(path: string, text: string, mode: number): void {
  const partial = partialPath(path);
  try {
    const write = (file: number) => {
      writeFileSync(file, text);
      // Sets the mode despite the umask, because other users may have to run the file.
      fchmodSync(file, mode);
    };
    withFile(partial, 'wx', write, mode);
    renameSync(partial, path);
  } catch (error) {
    rmSync(partial, { force: true });
    throw error;
  }
}

/**
 * Creates or replaces a file whose path the user gave. All users may read a new file; an existing file keeps its mode. Throws a Failure.
 */
export function replaceOutputFile(path: string, cwd: string, text: string): void {
  const whole = inFolder(cwd, path);
  try {
    const stats = statSync(whole, { throwIfNoEntry: false });
    // Replacing a device or a pipe would turn it into a file.
    if (stats && !stats.isFile())
      throw new Failure(`unable to write ${path}: not a regular file`, {
        hints: ['write to stdout: -'],
      });
    // If the path is a link, replaces its target and not the link.
    if (stats) replaceFile(realpathSync(whole), text, stats.mode & 0o777);
    else replaceFile(whole, text, 0o644);
  } catch (cause) {
    throw fileFailure(`write ${path}`, cause);
  }
}
