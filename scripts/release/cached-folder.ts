// Folders outside the checkout that are made once for the same inputs.
import { createHash } from 'node:crypto';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { root } from '../paths.ts';
import { cacheFolder } from '../tools/folders.ts';

/** The file with the hash of a folder's inputs. */
export const stampName = 'made-of';

/** Returns a folder of the cache. `make` fills it unless it was made of the same inputs, and may use `work` for temporary files. */
export async function cachedFolder(
  name: string,
  madeOf: string,
  make: (folder: string, work: string) => Promise<void>,
): Promise<string> {
  const folder = join(cacheFolder(), name);
  const stamp = join(folder, stampName);
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === madeOf) return folder;

  await mkdir(dirname(folder), { recursive: true });
  const made = await mkdtemp(`${folder}.new-`);
  const work = await mkdtemp(join(tmpdir(), 'kubeletaccess-release-'));
  try {
    await make(made, work);
    await writeFile(join(made, stampName), madeOf);
    // Renames the complete folder, so that no process sees a part of it.
    await rm(folder, { recursive: true, force: true });
    await rename(made, folder);
  } finally {
    await rm(made, { recursive: true, force: true });
    await rm(work, { recursive: true });
  }
  return folder;
}

/** Returns a hash of the inputs: files, texts, a time, and the scripts that match a pattern. */
export function ingredients(
  files: readonly string[],
  scripts: string,
  time: Date,
  texts: readonly string[] = [],
): string {
  const names = globSync(scripts, { cwd: root }).sort();
  const hash = createHash('sha256').update(time.toISOString());
  for (const file of [...files, ...names.map((name) => join(root, name))])
    hash.update(readFileSync(file));
  for (const text of texts) hash.update(text);
  return hash.digest('hex');
}
