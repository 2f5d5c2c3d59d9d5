// `npm run release [-- OS/ARCH...]`: writes the files that users download to dist/release, for all platforms or only for the given ones.
import { hash } from 'node:crypto';
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { dump, load } from 'js-yaml';
import { version } from '../src/version.ts';
import { bundle } from './bundle.ts';
import { getDebianPackages } from './image/debian.ts';
import { type ImagePart, imageArchiveName, makeImageArchive } from './image/make-image.ts';
import { pkgbuild, pkgbuildName } from './packages/aur.ts';
import { formulaName, homebrewFormula } from './packages/homebrew.ts';
import {
  javascriptName,
  makeJavascriptArchive,
  nixExpression,
  nixName,
} from './packages/javascript.ts';
import { makePackages } from './packages/make-packages.ts';
import { makeMainPackage } from './packages/npm.ts';
import { scoopManifest, scoopName } from './packages/scoop.ts';
import { wingetManifests } from './packages/winget.ts';
import { release, root } from './paths.ts';
import { lastChange } from './release/last-change.ts';
import { makeArchive } from './release/make-archive.ts';
import {
  archiveName,
  filesOf,
  type Platform,
  platformName,
  platforms,
  programName,
} from './release/platforms.ts';
import { sbom } from './release/sbom.ts';

function sha256Of(name: string): string {
  return hash('sha256', readFileSync(join(release, name)));
}

function write(name: string, text: string): void {
  writeFileSync(join(release, name), text);
}

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !platforms.map(platformName).includes(name));
if (unknown.length > 0) {
  process.stderr.write(
    `error: unknown platform "${unknown[0]}": must be ${platforms.map(platformName).join(', ')}\n`,
  );
  process.exit(2);
}
const chosen = platforms.filter(
  (platform) => wanted.length === 0 || wanted.includes(platformName(platform)),
);

const time = lastChange();
rmSync(release, { recursive: true, force: true });
mkdirSync(release, { recursive: true });
const main = await bundle();
const archives = [];
const packages: string[] = [];
const imageParts: ImagePart[] = [];
for (const platform of chosen) {
  const started = performance.now();
  const cached = await makeArchive(platform, main, time);
  const name = basename(cached);
  copyFileSync(cached, join(release, name));
  archives.push({ platform, name, sha256: sha256Of(name) });
  for (const file of await makePackages(platform, cached, time)) {
    copyFileSync(file, join(release, basename(file)));
    packages.push(basename(file));
    if (file.endsWith('.deb'))
      imageParts.push({ platform, deb: file, libraries: await getDebianPackages(platform, time) });
  }
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  const megabytes = (statSync(cached).size / 1e6).toFixed(1);
  process.stdout.write(`${name}: ${megabytes} MB in ${seconds}s\n`);
}
const krewName = 'plugins.yaml';
write(krewName, krewManifest(archives));
if (imageParts.length > 0) {
  writeFileSync(join(release, imageArchiveName), await makeImageArchive(imageParts, time));
  packages.push(imageArchiveName);
}
const sbomName = 'kubectl-kubeletaccess.cdx.json';
write(sbomName, sbom(chosen, imageParts, time));
write(formulaName, homebrewFormula(archives));
const channels = [
  [scoopName, scoopManifest(archives)],
  [pkgbuildName, pkgbuild(archives)],
  ...wingetManifests(archives),
] as const;
for (const [name, text] of channels)
  if (text !== undefined) {
    write(name, text);
    packages.push(name);
  }
const work = mkdtempSync(join(tmpdir(), 'kubeletaccess-release-'));
packages.push(basename(await makeMainPackage(chosen, join(work, 'npm'), release)));
await makeJavascriptArchive(main, join(work, 'js'), release, time);
write(nixName, nixExpression(sha256Of(javascriptName)));
packages.push(javascriptName, nixName);
rmSync(work, { recursive: true });
const names = [...archives.map(({ name }) => name), ...packages, sbomName, krewName, formulaName];
write('checksums.txt', names.map((name) => `${sha256Of(name)}  ${name}\n`).join(''));
copyFileSync(join(root, 'scripts/release/verify.sh'), join(release, 'verify.sh'));

interface Entry {
  readonly selector: { readonly matchLabels: { readonly os: string; readonly arch: string } };
  readonly uri: string;
  readonly sha256: string;
  readonly bin: string;
}

interface Manifest {
  readonly spec: { readonly version: string; readonly platforms: readonly Entry[] };
}

/**
 * Returns the manifest with which krew installs the program: plugins.yaml with the archives of a release.
 * @param archives each platform with the sha256 of its archive, in lower-case hexadecimal
 */
function krewManifest(
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
