import { copyFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { chmod } from 'node:fs/promises';
import { join } from 'node:path';
import { extract } from 'tar';
import * as assert from 'uvu/assert';
import { pkgbuildName } from '../../scripts/packages/aur.ts';
import { release } from '../../scripts/paths.ts';
import { archiveName } from '../../scripts/release/platforms.ts';
import { needCommand } from '../../scripts/release/tools.ts';
import { run } from '../../scripts/tools/shell.ts';
import { version } from '../../src/version.ts';
import { suite } from '../kit/suite.ts';
import { made } from './programs.ts';

const makepkg = await needCommand('makepkg', 'makepkg');
const own = made.filter(({ os }) => os === 'linux');

/** Copies the PKGBUILD into a folder that every user can write, because makepkg runs as another user. Removes the folder afterwards. */
async function withFolder(use: (folder: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync('/var/tmp/kubeletaccess-aur-');
  try {
    await chmod(folder, 0o777);
    copyFileSync(join(release, pkgbuildName), join(folder, pkgbuildName));
    await use(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

suite('the PKGBUILD for Arch Linux', (test) => {
  test('is readable by makepkg, with the sha256 of each Linux archive', () =>
    withFolder(async (folder) => {
      // makepkg refuses to run as root. PACMAN names another program, because this machine has no pacman.
      const info = await run(
        'setpriv',
        [
          ...['--reuid=65534', '--regid=65534', '--clear-groups'],
          ...['env', 'PACMAN=true', `HOME=${folder}`, makepkg, '--printsrcinfo'],
        ],
        { cwd: folder },
      );
      assert.match(info, `\tpkgver = ${version}\n`);
      const sums = readFileSync(join(release, 'checksums.txt'), 'utf8');
      for (const platform of own) {
        const [, sum = ''] = new RegExp(`^(\\S+)  ${archiveName(platform)}$`, 'm').exec(sums) ?? [];
        const machine = platform.arch === 'amd64' ? 'x86_64' : 'aarch64';
        assert.match(info, `\tsha256sums_${machine} = ${sum}\n`);
      }
    }));

  test('installs the program of an archive', () =>
    withFolder(async (folder) => {
      const [platform] = own;
      assert.ok(platform);
      await extract({ cwd: folder, file: join(release, archiveName(platform)) });
      const script = 'set -e; pkgdir=$PWD/pkg; . ./PKGBUILD; package; find pkg -type f | sort';
      assert.equal((await run('bash', ['-c', script], { cwd: folder })).trimEnd().split('\n'), [
        'pkg/usr/bin/kubectl-kubeletaccess',
        'pkg/usr/bin/kubectl_complete-kubeletaccess',
        'pkg/usr/share/doc/kubectl-kubeletaccess/SKILL.md',
        'pkg/usr/share/doc/kubectl-kubeletaccess/THIRD_PARTY_NOTICES',
        'pkg/usr/share/licenses/kubectl-kubeletaccess-bin/LICENSE',
      ]);
    }));
});
