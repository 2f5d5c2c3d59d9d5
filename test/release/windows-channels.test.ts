import { load } from 'js-yaml';
import * as assert from 'uvu/assert';
import type { Archive } from '../../scripts/packages/about.ts';
import { scoopManifest } from '../../scripts/packages/scoop.ts';
import { wingetManifests } from '../../scripts/packages/winget.ts';
import { archiveName, platforms } from '../../scripts/release/platforms.ts';
import { version } from '../../src/version.ts';
import { suite } from '../kit/suite.ts';

const archives: readonly Archive[] = platforms.map((platform, index) => ({
  ...{ platform, name: archiveName(platform), sha256: `${index}a`.repeat(32) },
}));
const ofLinux = archives.filter(({ platform }) => platform.os === 'linux');
const download = (file: string) =>
  `https://github.com/kubectl-kubeletaccess/kubectl-kubeletaccess/releases/download/v${version}/${file}`;

suite('the manifest for Scoop', (test) => {
  test('lists only archives for Windows', () => {
    const manifest = JSON.parse(scoopManifest(archives) ?? '') as Record<string, unknown>;
    assert.equal(manifest['architecture'], {
      '64bit': {
        url: download('kubectl-kubeletaccess_windows_amd64.zip'),
        hash: '4a'.repeat(32),
      },
      arm64: { url: download('kubectl-kubeletaccess_windows_arm64.zip'), hash: '5a'.repeat(32) },
    });
    assert.equal(manifest['bin'], [
      'kubectl-kubeletaccess.exe',
      'kubectl_complete-kubeletaccess.cmd',
    ]);
    assert.is(scoopManifest(ofLinux), undefined);
  });
});

suite('the manifests for winget', (test) => {
  test('are three files with the same name and version', () => {
    const manifests = wingetManifests(archives);
    const id = 'kubectl-kubeletaccess.kubectl-kubeletaccess';
    assert.equal(
      [...manifests.keys()],
      [`${id}.yaml`, `${id}.installer.yaml`, `${id}.locale.en-US.yaml`],
    );
    for (const text of manifests.values()) {
      const { PackageIdentifier, PackageVersion, ManifestVersion } = load(text) as Record<
        string,
        unknown
      >;
      assert.equal([PackageIdentifier, PackageVersion, ManifestVersion], [id, version, '1.10.0']);
    }
    const installer = load(manifests.get(`${id}.installer.yaml`) ?? '') as {
      readonly Installers: readonly object[];
    };
    assert.equal(installer.Installers[0], {
      Architecture: 'x64',
      NestedInstallerFiles: [
        {
          RelativeFilePath: 'kubectl-kubeletaccess.exe',
          PortableCommandAlias: 'kubectl-kubeletaccess',
        },
      ],
      InstallerUrl: download('kubectl-kubeletaccess_windows_amd64.zip'),
      InstallerSha256: '4A'.repeat(32),
    });
    assert.is(wingetManifests(ofLinux).size, 0);
  });
});
