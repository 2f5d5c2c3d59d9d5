// Folders outside the checkout, which are made again only if their inputs change.
import { createHash } from 'node:crypto';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { root } from '../paths.ts';
import { cacheFolder } from '../tools/folders.ts';

/** Name of the file with the hash of a folder's inputs. */
export const stampName = 'made-of';

/**
 * Returns a folder of the cache. Calls `make` to fill it, unless it was already made from the same inputs. `make` may use `work` for
 * temporary files.
 */
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
    // The folder is renamed when it is complete, so that other processes never see only a part of it.
    await rm(folder, { recursive: true, force: true });
    await rename(made, folder);
  } finally {
    await rm(made, { recursive: true, force: true });
    await rm(work, { recursive: true });
  }
  return folder;
}

/** Returns a hash of these inputs: files, texts, a time, and the scripts whose paths match the pattern `scripts`. */
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
