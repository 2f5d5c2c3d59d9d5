import { chmodSync, renameSync, writeFileSync } from 'node:fs';

/** Creates or replaces a file at once: nobody sees a part of it. Throws what node:fs throws. */
export function replaceFile(path: string, text: string, mode: number): void {
  const written = `${path}.${process.pid}`;
  writeFileSync(written, text, { flag: 'wx', mode });
  // Whatever umask says: others may have to run it.
  chmodSync(written, mode);
  renameSync(written, path);
}
