// The packages of one platform, made once for the same archive and scripts.
import { createHash } from 'node:crypto';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { extract } from 'tar';
import { cacheFolder } from '../../test/cluster/folders.ts';
import { run } from '../../test/cluster/shell.ts';
import { root } from '../paths.ts';
import type { Platform } from '../release/platforms.ts';
import { needCommand } from '../release/tools.ts';
import { linuxFormats, makeLinuxPackage } from './linux.ts';
import { makePlatformPackage } from './npm.ts';

/** Gives the paths, in the cache, of the packages that hold what the platform's archive holds. */
export async function makePackages(
  platform: Platform,
  archive: string,
  time: Date,
): Promise<readonly string[]> {
  const folder = join(cacheFolder(), 'packages', `${platform.os}_${platform.arch}`);
  const stamp = join(folder, 'made-of');
  const madeOf = ingredients(archive, time);
  if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== madeOf) {
    await rm(folder, { recursive: true, force: true });
    await mkdir(folder, { recursive: true });
    const work = await mkdtemp(join(tmpdir(), 'kubeletaccess-packages-'));
    try {
      await unpack(archive, work);
      if (platform.os === 'linux')
        for (const format of linuxFormats)
          await makeLinuxPackage(platform, format, work, folder, time);
      await makePlatformPackage(platform, work, folder);
      await writeFile(stamp, madeOf);
    } finally {
      await rm(work, { recursive: true });
    }
  }
  const names = (await readdir(folder)).filter((name) => name !== 'made-of');
  return names.sort().map((name) => join(folder, name));
}

async function unpack(archive: string, cwd: string): Promise<void> {
  if (archive.endsWith('.zip'))
    await run(await needCommand('unzip', 'unzip'), ['-q', archive, '-d', cwd]);
  else await extract({ file: archive, cwd });
}

function ingredients(archive: string, time: Date): string {
  const scripts = globSync('scripts/packages/*', { cwd: root }).sort();
  const hash = createHash('sha256').update(time.toISOString());
  for (const file of [archive, ...scripts.map((name) => join(root, name))])
    hash.update(readFileSync(file));
  return hash.digest('hex');
}
