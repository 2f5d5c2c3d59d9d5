import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { basename, join } from 'node:path';
import * as assert from 'uvu/assert';
import { getDebianPackages } from '../../scripts/image/debian.ts';
import { imageArchiveName, makeImageArchive } from '../../scripts/image/make-image.ts';
import { linuxPackageName, nfpmVersion } from '../../scripts/packages/linux.ts';
import { makePackages } from '../../scripts/packages/make-packages.ts';
import { npmArchive, npmName } from '../../scripts/packages/npm.ts';
import { dist, release } from '../../scripts/paths.ts';
import { lastChange } from '../../scripts/release/last-change.ts';
import { makeArchive } from '../../scripts/release/make-archive.ts';
import { archiveName, platformName } from '../../scripts/release/platforms.ts';
import { cacheFolder } from '../../scripts/tools/folders.ts';
import { suite } from '../kit/suite.ts';
import { made } from './programs.ts';

/** Runs `use` with another time zone, temporary folder and cache. The cache has only Node, nfpm and Debian packages. */
async function elsewhere<T>(use: () => Promise<T>): Promise<T> {
  const folder = mkdtempSync('/var/tmp/kubeletaccess-elsewhere-');
  const before = { ...process.env };
  for (const name of ['node', `nfpm-${nfpmVersion}`, 'debian'])
    symlinkSync(join(cacheFolder(), name), join(folder, name));
  mkdirSync(join(folder, 'temporary'));
  Object.assign(process.env, {
    KUBELETACCESS_CACHE: folder,
    TMPDIR: join(folder, 'temporary'),
    TZ: 'Asia/Tokyo',
    KUBECONFIG: '/home/somebody/.kube/config',
  });
  try {
    return await use();
  } finally {
    for (const name of ['KUBELETACCESS_CACHE', 'TMPDIR', 'TZ', 'KUBECONFIG'])
      delete process.env[name];
    Object.assign(process.env, before);
    rmSync(folder, { recursive: true });
  }
}

suite('a release', (test) => {
  const two = ['linux/amd64', 'windows/arm64'];
  for (const platform of made.filter((each) => two.includes(platformName(each))))
    test(
      `has the same bytes when it is made again in another folder: ${platformName(platform)}`,
      async () => {
        const again = await elsewhere(async () => {
          const archive = await makeArchive(platform, join(dist, 'main.cjs'), lastChange());
          const files = [archive, ...(await makePackages(platform, archive, lastChange()))];
          return files.map((file) => ({ name: basename(file), bytes: readFileSync(file) }));
        });
        const names = again.map(({ name }) => name);
        assert.ok(
          names.includes(archiveName(platform)) && names.includes(npmArchive(npmName(platform))),
        );
        for (const { name, bytes } of again)
          assert.ok(bytes.equals(readFileSync(join(release, name))), name);
      },
      { timeoutMs: 1_200_000 },
    );

  test(
    'has the same image when the image is made again from the deb packages in another folder',
    async () => {
      const again = await elsewhere(async () => {
        const ofLinux = made.filter(({ os }) => os === 'linux');
        const parts = ofLinux.map(async (platform) => ({
          platform,
          deb: join(release, linuxPackageName(platform, 'deb')),
          libraries: await getDebianPackages(platform, lastChange()),
        }));
        return makeImageArchive(await Promise.all(parts), lastChange());
      });
      assert.ok(again.equals(readFileSync(join(release, imageArchiveName))));
    },
    { timeoutMs: 1_200_000 },
  );
});
