import { chmodSync, realpathSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { Failure } from '../errors.ts';
import { fileProblem, inFolder } from './files.ts';

/** Creates or replaces a file at once: nobody sees a part of it. Throws what node:fs throws. */
export function replaceFile(path: string, text: string, mode: number): void {
  const written = `${path}.${process.pid}`;
  writeFileSync(written, text, { flag: 'wx', mode });
  // Whatever umask says: others may have to run it.
  chmodSync(written, mode);
  renameSync(written, path);
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
