// The manifests with which winget installs the Windows archives.
import { dump } from 'js-yaml';
import { programName } from '../release/platforms.ts';
import { type Archive, about, downloadOf, product } from './about.ts';

const manifestVersion = '1.10.0';
const locale = 'en-US';

/**
 * Renders three manifests, by file name; empty if there are no archives for Windows.
 * Source: https://github.com/microsoft/winget-cli/tree/master/schemas/JSON/manifests/v1.10.0
 */
export function wingetManifests(archives: readonly Archive[]): ReadonlyMap<string, string> {
  const facts = about();
  const { version, description, homepage, license } = facts;
  const own = archives.filter(({ platform }) => platform.os === 'windows');
  if (own.length === 0) return new Map();
  const [owner = ''] = new URL(homepage).pathname.slice(1).split('/');
  const id = `${owner}.${product}`;
  const manifest = (type: string, fields: object) =>
    `# yaml-language-server: $schema=https://aka.ms/winget-manifest.${type}.${manifestVersion}.schema.json\n${dump(
      {
        PackageIdentifier: id,
        PackageVersion: version,
        ...fields,
        ManifestType: type,
        ManifestVersion: manifestVersion,
      },
      { lineWidth: -1 },
    )}`;
  return new Map([
    [`${id}.yaml`, manifest('version', { DefaultLocale: locale })],
    [
      `${id}.installer.yaml`,
      manifest('installer', {
        InstallerType: 'zip',
        NestedInstallerType: 'portable',
        Installers: own.map(({ platform, name, sha256 }) => ({
          Architecture: platform.arch === 'amd64' ? 'x64' : 'arm64',
          NestedInstallerFiles: [
            { RelativeFilePath: programName(platform), PortableCommandAlias: product },
          ],
          InstallerUrl: downloadOf(facts, name),
          InstallerSha256: sha256.toUpperCase(),
        })),
      }),
    ],
    [
      `${id}.locale.${locale}.yaml`,
      manifest('defaultLocale', {
        PackageLocale: locale,
        Publisher: owner,
        PackageName: product,
        License: license,
        ShortDescription: description,
        PackageUrl: homepage,
      }),
    ],
  ]);
}
