import {
  appendFileSync,
  copyFileSync,
  existsSync,
  readdirSync,
  readFileSync,
  realpathSync,
} from 'node:fs';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { packedManifest, release } from '../../scripts/paths.ts';
import {
  archiveName,
  filesOf,
  platformName,
  programName,
} from '../../scripts/release/platforms.ts';
import { findCommand } from '../../scripts/tools/shell.ts';
import { quietTask } from '../../scripts/tools/task.ts';
import { buildKrew, krewVersions } from '../cluster/build.ts';
import { type KrewHome, succeed, withKrew, withReleasePage } from '../cluster/krew.ts';
import { suite } from '../kit/suite.ts';
import { runProcess } from '../kit/tool.ts';
import { commandLine, isWhole, made, platformOf } from './programs.ts';

const manifest = readFileSync(packedManifest, 'utf8');
const [, version = ''] = /^ {2}version: (\S+)$/m.exec(manifest) ?? [];

for (const krewVersion of isWhole ? krewVersions : krewVersions.slice(-1)) {
  const { krew, validator } = await buildKrew(quietTask, krewVersion);
  const programs = { 'kubectl-krew': krew, kubectl: findCommand('kubectl') ?? '' };
  const withHome = (use: (home: KrewHome) => Promise<void>) => withKrew(programs, manifest, use);

  suite(`krew ${krewVersion}`, (test) => {
    test('its validator accepts the manifest, installs every platform and finds a license', () =>
      withReleasePage(manifest, (served) =>
        withKrew(programs, served, async (home) => {
          const { stderr } = await succeed(validator, ['-manifest', home.manifest], home.env);
          const { length } = stderr.match(/installing/gi) ?? [];
          assert.ok((length ?? 0) >= made.length, stderr);
        }),
      ));

    test('its validator accepts the manifest in this repository', () =>
      withKrew(programs, readFileSync('plugins.yaml', 'utf8'), async (home) => {
        await succeed(validator, ['-manifest', home.manifest, '-skip-install'], home.env);
      }));

    for (const platform of made)
      test(`installs and uninstalls ${platformName(platform)} from the manifest and the archive`, () =>
        withHome(async (home) => {
          const env = { KREW_OS: platform.os, KREW_ARCH: platform.arch };
          const archive = join(release, archiveName(platform));
          await home.run(['install', `--manifest=${home.manifest}`, `--archive=${archive}`], env);
          const store = join(home.root, 'store/kubeletaccess', version);
          const files = filesOf(platform);
          assert.equal(readdirSync(store).sort(), [...files].sort());
          const link = join(home.root, 'bin', `kubectl-kubeletaccess`);
          const [linked = ''] = [link, `${link}.exe`].filter(existsSync);
          assert.is(realpathSync(linked), join(realpathSync(store), programName(platform)));
          if (platform.os === 'linux') {
            const [command = '', ...args] = await commandLine(linked, platform);
            const { stdout } = await succeed(command, [...args, 'version'], home.env);
            assert.is(stdout, `kubectl-kubeletaccess ${version}\n`);
          }
          await home.run(['uninstall', 'kubeletaccess'], env);
          assert.not.ok(existsSync(store));
        }));

    test('upgrades an older version', () =>
      withReleasePage(manifest, (served) => {
        const older = served.replace(`version: ${version}`, 'version: v0.0.1');
        return withKrew(programs, older, async (home) => {
          await home.run(['install', 'kubeletaccess']);
          await home.update(served);
          await home.run(['upgrade', 'kubeletaccess']);
          assert.equal(readdirSync(join(home.root, 'store/kubeletaccess')), [version]);
          const plugin = join(home.root, 'bin/kubectl-kubeletaccess');
          const { stdout } = await succeed(plugin, ['version'], home.env);
          assert.is(stdout, `kubectl-kubeletaccess ${version}\n`);
        });
      }));

    test('rejects a changed archive', () =>
      withHome(async (home) => {
        const archive = join(home.root, '..', 'changed.tar.gz');
        copyFileSync(join(release, archiveName(platformOf('linux/amd64'))), archive);
        appendFileSync(archive, '\0');
        const args = ['install', `--manifest=${home.manifest}`, `--archive=${archive}`];
        const { code, stderr } = await runProcess(krew, args, { env: home.env });
        assert.is.not(code, 0);
        assert.match(stderr, /checksum does not match/);
      }));
  });
}
