import { appendFileSync, copyFileSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Spec, Validation } from '@cyclonedx/cyclonedx-library';
import * as assert from 'uvu/assert';
import { imageArchiveName } from '../../scripts/image/make-image.ts';
import { pkgbuildName } from '../../scripts/packages/aur.ts';
import { formulaName } from '../../scripts/packages/homebrew.ts';
import { javascriptName, nixName } from '../../scripts/packages/javascript.ts';
import { linuxPackageNames } from '../../scripts/packages/linux.ts';
import { npmArchive, npmName } from '../../scripts/packages/npm.ts';
import { scoopName } from '../../scripts/packages/scoop.ts';
import { wingetManifests } from '../../scripts/packages/winget.ts';
import { release } from '../../scripts/paths.ts';
import {
  archiveName,
  filesOf,
  modeOf,
  platformName,
  shimsOf,
} from '../../scripts/release/platforms.ts';
import { version } from '../../src/version.ts';
import { suite } from '../kit/suite.ts';
import { withFiles } from '../kit/temporary.ts';
import { runProcess } from '../kit/tool.ts';
import { made, platformOf, unpack } from './programs.ts';

const archives = made.map(archiveName);
const packages = [
  ...made.filter(({ os }) => os === 'linux').flatMap(linuxPackageNames),
  ...['kubectl-kubeletaccess', ...made.map(npmName)].map(npmArchive),
];

/** Names of the files for package managers such as Homebrew, Nix and winget. */
const channels = [
  ...[formulaName, javascriptName, nixName],
  ...(made.some(({ os }) => os === 'linux') ? [pkgbuildName] : []),
  ...(made.some(({ os }) => os === 'windows') ? [scoopName] : []),
  ...wingetManifests(made.map((platform) => ({ platform, name: '', sha256: '' }))).keys(),
];

function verify(folder: string, files: readonly string[]) {
  return runProcess('sh', [join(folder, 'verify.sh'), ...files.map((name) => join(folder, name))]);
}

suite('release', (test) => {
  test('holds an archive for each platform, packages, an image, checksums and an SBOM', () => {
    const others = ['checksums.txt', 'kubectl-kubeletaccess.cdx.json', 'plugins.yaml', 'verify.sh'];
    assert.equal(
      readdirSync(release).sort(),
      [...archives, ...packages, ...others, ...channels, imageArchiveName].sort(),
    );
  });

  for (const file of [...archives, ...packages])
    test(`has at most 45 MB to download: ${file}`, () => {
      const bytes = statSync(join(release, file)).size;
      assert.ok(bytes <= 45e6, `${bytes} bytes`);
    });

  for (const platform of made)
    test(`${platformName(platform)}: has the program, licenses and completion`, async () => {
      const folder = await unpack(platform);
      const files = filesOf(platform);
      assert.equal(readdirSync(folder).sort(), [...files].sort());
      for (const file of files)
        assert.is(statSync(join(folder, file)).mode & 0o777, modeOf(file), file);
      const notices = readFileSync(join(folder, 'THIRD_PARTY_NOTICES'), 'utf8');
      for (const name of ['clipanion', 'js-yaml', 'OpenSSL', 'V8'])
        assert.ok(notices.includes(name), name);
    });

  test('verify.sh accepts every file of the release, and rejects files that were changed or are not listed', async () => {
    const files = [...archives, ...packages, imageArchiveName, 'plugins.yaml', ...channels];
    const { code, stdout } = await verify(release, files);
    assert.is(stdout, files.map((name) => `${name}: OK\n`).join(''));
    assert.is(code, 0);
    await withFiles({}, async (folder) => {
      const [first = ''] = archives;
      for (const name of [first, 'checksums.txt', 'verify.sh'])
        copyFileSync(join(release, name), join(folder, name));
      appendFileSync(join(folder, first), '\0');
      const changed = await verify(folder, [first, 'verify.sh']);
      assert.is(changed.code, 1);
      assert.match(changed.stderr, /^\S+_linux_amd64.tar.gz: FAILED/m);
      assert.match(changed.stderr, /^verify.sh: not in checksums.txt$/m);
      rmSync(join(folder, 'checksums.txt'));
      assert.is((await verify(folder, [first])).code, 1);
      assert.is((await verify(folder, [])).code, 2);
    });
  });

  test('its SBOM is valid CycloneDX and names each bundled package, Node and Debian package with a hash', async () => {
    const text = readFileSync(join(release, 'kubectl-kubeletaccess.cdx.json'), 'utf8');
    const validator = new Validation.JsonStrictValidator(Spec.Version.v1dot6);
    assert.is(await validator.validate(text), null);
    const { metadata, components } = JSON.parse(text);
    assert.is(metadata.component.version, version);
    const purls = components.map(({ purl }: { readonly purl: string }) => purl);
    for (const name of [
      'npm/clipanion',
      'npm/js-yaml',
      'npm/%40badrap/valita',
      ...made.map(({ node }) => `npm/${node}`),
      'deb/debian/libc6',
      'deb/debian/libstdc%2B%2B6',
    ])
      assert.ok(
        purls.some((purl: string) => purl.startsWith(`pkg:${name}@`)),
        name,
      );
    for (const { purl, hashes } of components)
      assert.match(
        hashes[0].content,
        purl.includes(':npm/') ? /^[0-9a-f]{128}$/ : /^[0-9a-f]{64}$/,
      );
  });

  test('completion prints no error if the plugin was removed', async () => {
    const platform = platformOf('linux/amd64');
    const [{ name = '' } = {}] = shimsOf(platform);
    const shim = join(await unpack(platform), name);
    const { stdout, stderr } = await runProcess(shim, ['get', ''], {
      env: { PATH: '/usr/bin:/bin' },
    });
    assert.equal([stdout, stderr], [':4\n', '']);
  });
});
