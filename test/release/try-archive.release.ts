import { appendFileSync, cpSync } from 'node:fs';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { release, root } from '../../scripts/paths.ts';
import { archiveName } from '../../scripts/release/platforms.ts';
import { version } from '../../src/version.ts';
import { suite } from '../kit/suite.ts';
import { withFiles } from '../kit/temporary.ts';
import { runProcess } from '../kit/tool.ts';

const tryArchive = (folder: string, platform: string) =>
  runProcess(join(root, '.ci/try-archive'), [folder, platform]);
const name = archiveName({ os: 'linux', arch: 'amd64' });

suite('.ci/try-archive', (test) => {
  test('verifies the archive of this platform and runs its program', async () => {
    const { code, stdout, stderr } = await tryArchive(release, 'linux_amd64');
    assert.is(code, 0, stderr);
    assert.match(stdout, `${name} runs: kubectl-kubeletaccess v${version}\n`);
  });

  test('fails for a changed or missing archive', () =>
    withFiles({}, async (folder) => {
      for (const file of [name, 'checksums.txt', 'verify.sh'])
        cpSync(join(release, file), join(folder, file));
      assert.not.equal((await tryArchive(folder, 'plan9_amd64')).code, 0);
      appendFileSync(join(folder, name), ' ');
      assert.not.equal((await tryArchive(folder, 'linux_amd64')).code, 0);
    }));
});
