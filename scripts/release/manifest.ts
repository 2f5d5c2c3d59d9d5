// The manifest that krew installs from: plugins.yaml with the archives of a release.
import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { dump, load } from 'js-yaml';
import { version } from '../../src/version.ts';
import { root } from '../paths.ts';
import { archiveName, filesOf, type Platform, platformName, programName } from './platforms.ts';

interface Entry {
  readonly selector: { readonly matchLabels: { readonly os: string; readonly arch: string } };
  readonly uri: string;
  readonly sha256: string;
  readonly bin: string;
}

interface Manifest {
  readonly spec: { readonly version: string; readonly platforms: readonly Entry[] };
}

/** @param archives the sha256 of each platform's archive, in lower-case hexadecimal */
export function krewManifest(
  archives: readonly { readonly platform: Platform; readonly sha256: string }[],
): string {
  const manifest = load(readFileSync(join(root, 'plugins.yaml'), 'utf8')) as Manifest;
  if (manifest.spec.version !== `v${version}`)
    throw new Error(`plugins.yaml is for ${manifest.spec.version}, package.json for v${version}`);
  const entries = archives.map(({ platform, sha256 }) => {
    const entry = manifest.spec.platforms.find(
      ({ selector: { matchLabels } }) => platformName(platform) === platformName(matchLabels),
    );
    const bin = programName(platform);
    if (!entry || basename(entry.uri) !== archiveName(platform) || entry.bin !== bin)
      throw new Error(`plugins.yaml has no entry for ${archiveName(platform)}`);
    return { ...entry, sha256, files: filesOf(platform).map((from) => ({ from, to: '.' })) };
  });
  return dump({ ...manifest, spec: { ...manifest.spec, platforms: entries } }, { lineWidth: -1 });
}
