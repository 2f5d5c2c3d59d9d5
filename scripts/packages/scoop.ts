// The manifest with which Scoop installs the Windows archives.
import { programName, shimsOf } from '../release/platforms.ts';
import { type Archive, about, downloadOf, product } from './about.ts';

export const scoopName = `${product}.json`;

const architectures = { amd64: '64bit', arm64: 'arm64' } as const;

/**
 * Renders the manifest; undefined if there are no archives for Windows.
 * Source: https://github.com/ScoopInstaller/Scoop/blob/master/schema.json
 */
export function scoopManifest(archives: readonly Archive[]): string | undefined {
  const facts = about();
  const { version, description, homepage, license } = facts;
  const own = archives.filter(({ platform }) => platform.os === 'windows');
  const [first] = own;
  if (!first) return undefined;
  const ofEach = (entryOf: (archive: Archive) => object) =>
    Object.fromEntries(
      own.map((archive) => [architectures[archive.platform.arch], entryOf(archive)]),
    );
  const manifest = {
    ...{ version, description, homepage, license },
    architecture: ofEach(({ name, sha256 }) => ({ url: downloadOf(facts, name), hash: sha256 })),
    bin: [programName(first.platform), ...shimsOf(first.platform).map(({ name }) => name)].filter(
      (file) => /\.(?:exe|cmd)$/.test(file),
    ),
    checkver: { github: homepage },
    autoupdate: {
      architecture: ofEach(({ name }) => ({
        url: downloadOf({ ...facts, version: '$version' }, name),
      })),
    },
  };
  return `${JSON.stringify(manifest, null, 4)}\n`;
}
