// Downloads Debian packages of any architecture with apt-get, which verifies them. The packages of this machine stay unchanged.
import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { cachedFolder, stampName } from '../release/cached-folder.ts';
import type { Platform } from '../release/platforms.ts';
import { run } from '../tools/shell.ts';

export interface DebianPackage {
  readonly file: string;
  readonly name: string;
  readonly version: string;
  /** Debian's name of the architecture; `all` if the package is for every architecture. */
  readonly architecture: string;
}

/** Packages of the image: libraries of the program, a shell for scripts, and base-files, which identifies Debian and contains licenses. */
const wanted = [
  'base-files',
  'ca-certificates',
  'dash',
  'libatomic1',
  'libc6',
  'libgcc-s1',
  'libstdc++6',
];

/** Returns Debian packages. They are cached; after the program has changed, the newest packages are downloaded. */
export async function getDebianPackages(
  { arch }: Platform,
  time: Date,
): Promise<readonly DebianPackage[]> {
  const madeOf = `${wanted.join(' ')} ${time.toISOString()}`;
  const folder = await cachedFolder(`debian/${arch}`, madeOf, (made, work) =>
    download(arch, made, work),
  );
  const names = (await readdir(folder)).filter((name) => name !== stampName).sort();
  return Promise.all(names.map((name) => describe(join(folder, name))));
}

async function download(arch: string, cwd: string, work: string): Promise<void> {
  for (const folder of ['lists/partial', 'archives/partial'])
    await mkdir(join(work, folder), { recursive: true });
  const options = [
    `APT::Architecture=${arch}`,
    `APT::Architectures=${arch}`,
    `Dir::State::lists=${join(work, 'lists')}`,
    'Dir::State::status=/dev/null',
    `Dir::Cache=${work}`,
    // By default, apt-get downloads as the user _apt, who has no access to the folder.
    'APT::Sandbox::User=root',
    'Acquire::Languages=none',
  ].flatMap((option) => ['-o', option]);
  const get = (...args: readonly string[]) =>
    run('apt-get', [...options, ...args], { cwd, timeoutMs: 300_000 });
  await get('update');
  await get('download', ...wanted);
  // The license of GCC's libraries is in another package, whose name contains the version of GCC.
  const [gcc = ''] = (await readdir(cwd)).filter((name) => name.startsWith('libgcc-s1_'));
  const [, base = 'gcc-base'] = /(gcc-\d+-base)/.exec(await field(join(cwd, gcc), 'Depends')) ?? [];
  await get('download', base);
}

async function describe(file: string): Promise<DebianPackage> {
  const [name, version, architecture] = await Promise.all(
    ['Package', 'Version', 'Architecture'].map((each) => field(file, each)),
  );
  return { file, name: name ?? '', version: version ?? '', architecture: architecture ?? '' };
}

async function field(file: string, name: string): Promise<string> {
  return (await run('dpkg-deb', ['--field', file, name])).trim();
}
