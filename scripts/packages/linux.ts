// Packages for dpkg and rpm.
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { filesOf, modeOf, type Platform } from '../release/platforms.ts';
import { cacheFolder } from '../tools/folders.ts';
import { run } from '../tools/shell.ts';
import { about, product } from './about.ts';

export const linuxFormats = ['deb', 'rpm'] as const;

export type LinuxFormat = (typeof linuxFormats)[number];

export function linuxPackageName({ os, arch }: Platform, format: LinuxFormat): string {
  return `${product}_${os}_${arch}.${format}`;
}

export function linuxPackageNames(platform: Platform): readonly string[] {
  return linuxFormats.map((format) => linuxPackageName(platform, format));
}

/**
 * The libraries that Node needs. For rpm they are library names, because rpm distributions use other package names than Debian. 5.2 is the
 * first version of libstdc++6 with all needed symbols.
 */
const requirements: Readonly<Record<LinuxFormat, readonly string[]>> = {
  deb: ['libc6 (>= 2.28)', 'libstdc++6 (>= 5.2)', 'libatomic1'],
  rpm: [
    'libc.so.6(GLIBC_2.28)(64bit)',
    'libstdc++.so.6(GLIBCXX_3.4.21)(64bit)',
    'libatomic.so.1()(64bit)',
  ],
};

const places: Readonly<Record<LinuxFormat, Readonly<Record<string, string>>>> = {
  deb: {
    LICENSE: `/usr/share/doc/${product}/copyright`,
    'SKILL.md': `/usr/share/doc/${product}/SKILL.md`,
    THIRD_PARTY_NOTICES: `/usr/share/doc/${product}/THIRD_PARTY_NOTICES`,
  },
  rpm: {
    LICENSE: `/usr/share/licenses/${product}/LICENSE`,
    'SKILL.md': `/usr/share/doc/${product}/SKILL.md`,
    THIRD_PARTY_NOTICES: `/usr/share/licenses/${product}/THIRD_PARTY_NOTICES`,
  },
};

/** Folders that belong to the package, because rpm would otherwise not remove them. dpkg removes such folders itself. */
const ownFolders: Readonly<Record<LinuxFormat, readonly string[]>> = {
  deb: [],
  rpm: [`/usr/share/doc/${product}`, `/usr/share/licenses/${product}`],
};

/** @param content folder with the files of the platform's archive */
export async function makeLinuxPackage(
  platform: Platform,
  format: LinuxFormat,
  content: string,
  folder: string,
  time: Date,
): Promise<void> {
  const { version, description, homepage, license } = about();
  const config = {
    name: product,
    platform: platform.os,
    arch: platform.arch,
    version,
    release: '1',
    section: 'utils',
    priority: 'optional',
    maintainer: `The authors of ${product}`,
    description,
    homepage,
    license,
    mtime: time.toISOString(),
    depends: requirements[format],
    // zstd is faster than gzip, and its files are smaller. dpkg of Debian 12 and Ubuntu 18.04 supports it, and rpm since 4.14.
    deb: { compression: 'zstd' },
    rpm: { compression: 'zstd', buildhost: 'localhost' },
    contents: [
      ...filesOf(platform).map((file) => ({
        src: join(content, file),
        dst: places[format][file] ?? `/usr/bin/${file}`,
        file_info: { mode: modeOf(file), mtime: time.toISOString() },
      })),
      ...ownFolders[format].map((dst) => ({ dst, type: 'dir', file_info: { mode: 0o755 } })),
    ],
  };
  // JSON is enough, because nfpm reads YAML, and JSON is a subset of YAML.
  const file = join(content, `nfpm-${format}.json`);
  await writeFile(file, JSON.stringify(config));
  const target = join(folder, linuxPackageName(platform, format));
  const args = ['package', `--config=${file}`, `--packager=${format}`, `--target=${target}`];
  await run(await needNfpm(), args, { timeoutMs: 300_000 });
}

/** The newest version of nfpm whose modules the Go proxy provides. */
export const nfpmVersion = 'v2.45.2';

/**
 * Returns the path of `nfpm`, which makes Linux packages on any machine. It is compiled only once, with the module versions in its go.sum.
 */
async function needNfpm(): Promise<string> {
  const bin = join(cacheFolder(), `nfpm-${nfpmVersion}/bin`);
  const program = join(bin, 'nfpm');
  if (existsSync(program)) return program;
  const module = `github.com/goreleaser/nfpm/v2/cmd/nfpm@${nfpmVersion}`;
  await run('go', ['install', '-trimpath', '-ldflags=-s -w', module], {
    cwd: '/',
    env: { GOBIN: bin, GOWORK: 'off' },
    timeoutMs: 20 * 60_000,
  });
  return program;
}
