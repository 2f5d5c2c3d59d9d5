import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Failure } from '../errors.ts';
import type { Environment } from './environment.ts';

/**
 * Writes files that only the user can read into a new folder: in $XDG_RUNTIME_DIR, which is in memory and gone at the end of the
 * session, or else in the folder for temporary files. Returns its path.
 */
export function writePrivateFolder(
  env: Environment,
  files: Readonly<Record<string, string | Buffer>>,
): string {
  const parent = env['XDG_RUNTIME_DIR'] || tmpdir();
  let folder: string | undefined;
  try {
    folder = mkdtempSync(join(parent, 'kubeletaccess-curl-'));
    for (const [name, content] of Object.entries(files))
      writeFileSync(join(folder, name), content, { mode: 0o600, flag: 'wx' });
    return folder;
  } catch (cause) {
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
    const { code = 'unknown error' } = cause as NodeJS.ErrnoException;
    throw new Failure(`unable to write private files in ${parent}: ${code}`, { cause });
  }
}
