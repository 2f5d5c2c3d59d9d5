// Makes what krew installs on this platform: dist/release/kubectl-kubeletaccess_OS_ARCH.tar.gz, and a plugins.yaml beside it with its sha256.
import { createHash } from 'node:crypto';
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { dump, load } from 'js-yaml';
import { create } from 'tar';
import { version } from '../src/version.ts';
import { thirdPartyNotices } from './notices.ts';
import { archive, executable, goPlatform, packedManifest, release, root } from './paths.ts';

interface Platform {
  readonly selector: { readonly matchLabels: { readonly os: string; readonly arch: string } };
  readonly uri: string;
  readonly sha256: string;
  readonly bin: string;
}

interface Manifest {
  readonly spec: { readonly version: string; readonly platforms: readonly Platform[] };
}

/** Plain files only, the licences among them: krew refuses links, and its index an archive without a licence. */
async function makeArchive(): Promise<void> {
  const stage = mkdtempSync(join(tmpdir(), 'kubeletaccess-pack-'));
  try {
    copyFileSync(executable, join(stage, basename(executable)));
    chmodSync(join(stage, basename(executable)), 0o755);
    copyFileSync(join(root, 'LICENSE'), join(stage, 'LICENSE'));
    writeFileSync(join(stage, 'THIRD_PARTY_NOTICES'), thirdPartyNotices());
    const files = [basename(executable), 'LICENSE', 'THIRD_PARTY_NOTICES'];
    await create({ file: archive, cwd: stage, gzip: { level: 9 }, portable: true }, files);
  } finally {
    rmSync(stage, { recursive: true });
  }
}

function makeManifest(): void {
  const manifest = load(readFileSync(join(root, 'plugins.yaml'), 'utf8')) as Manifest;
  if (manifest.spec.version !== `v${version}`)
    throw new Error(`plugins.yaml is for ${manifest.spec.version}, package.json for v${version}`);
  const mine = manifest.spec.platforms.find(
    ({ selector: { matchLabels } }) =>
      matchLabels.os === goPlatform.os && matchLabels.arch === goPlatform.arch,
  );
  if (!mine || basename(mine.uri) !== basename(archive) || mine.bin !== basename(executable))
    throw new Error(`plugins.yaml has no entry for ${basename(archive)}`);
  const sha256 = createHash('sha256').update(readFileSync(archive)).digest('hex');
  const packed = { ...manifest, spec: { ...manifest.spec, platforms: [{ ...mine, sha256 }] } };
  writeFileSync(packedManifest, dump(packed, { lineWidth: -1 }));
}

mkdirSync(release, { recursive: true });
await makeArchive();
makeManifest();
process.stdout.write(`${archive}\n${packedManifest}\n`);
