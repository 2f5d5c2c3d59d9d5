import { readFileSync } from 'node:fs';
import * as assert from 'uvu/assert';
import { archive, packedManifest } from '../../scripts/paths.ts';
import { suite } from '../kit/suite.ts';
import { buildKrew } from './build.ts';
import { currentCluster } from './current.ts';
import { type KrewHome, succeed, withKrew, withReleasePage } from './krew.ts';

const cluster = await currentCluster();
const { krew } = await buildKrew();
const programs = { 'kubectl-krew': krew, kubectl: cluster.kubectl };

async function pluginRuns({ env }: KrewHome): Promise<void> {
  const { stdout } = await succeed(cluster.kubectl, ['kubeletaccess', 'version'], env);
  assert.match(stdout, /^kubectl-kubeletaccess v\d+\.\d+\.\d+\n$/);
}

suite(`${cluster.version}: krew`, (test) => {
  test('installs a plugin that kubectl runs, from manifest and archive', () =>
    withKrew(programs, readFileSync(packedManifest, 'utf8'), async (home) => {
      await home.run(['install', `--manifest=${home.manifest}`, `--archive=${archive}`]);
      await pluginRuns(home);
      await home.run(['uninstall', 'kubeletaccess']);
    }));

  test('installs by name from an index and downloads the archive of the manifest', () =>
    withReleasePage(readFileSync(packedManifest, 'utf8'), (manifest) =>
      withKrew(programs, manifest, async (home) => {
        await home.run(['install', 'kubeletaccess']);
        await pluginRuns(home);
      }),
    ));
});
