// The packages of one platform. They are made again only if the archive or the scripts change.
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { extract } from 'tar';
import { cachedFolder, ingredients, stampName } from '../release/cached-folder.ts';
import type { Platform } from '../release/platforms.ts';
import { needCommand } from '../release/tools.ts';
import { run } from '../tools/shell.ts';
import { linuxFormats, makeLinuxPackage } from './linux.ts';
import { makePlatformPackage } from './npm.ts';

/** Returns the paths of the packages, which contain the files of the platform's archive. They are cached. */
export async function makePackages(
  platform: Platform,
  archive: string,
  time: Date,
): Promise<readonly string[]> {
  const folder = await cachedFolder(
    `packages/${platform.os}_${platform.arch}`,
    ingredients([archive], 'scripts/packages/*', time),
    async (made, work) => {
      await unpack(archive, work);
      if (platform.os === 'linux')
        for (const format of linuxFormats)
          await makeLinuxPackage(platform, format, work, made, time);
      await makePlatformPackage(platform, work, made);
    },
  );
  const names = (await readdir(folder)).filter((name) => name !== stampName);
  return names.sort().map((name) => join(folder, name));
}

async function unpack(archive: string, cwd: string): Promise<void> {
  if (archive.endsWith('.zip'))
    await run(await needCommand('unzip', 'unzip'), ['-q', archive, '-d', cwd]);
  else await extract({ file: archive, cwd });
}
