// The files of the image: files from Debian packages and this program's package, and files that dpkg would create.
import { lstatSync } from 'node:fs';
import { readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from '../tools/shell.ts';
import type { TarEntry } from './tar.ts';

/** Id of the user that runs the program. Most images that do not run as root use this id. */
export const userId = 65532;

/**
 * Matches the files that the image takes from packages: programs, libraries and licenses. Documentation and character set converters are
 * left out, because they would be larger than the rest.
 */
const meant = [
  /^(?:usr\/)?(?:bin|lib|lib64)(?:\/|$)(?!.*(?:gconv|kubectl_complete-))/,
  /^etc\/os-release$/,
  /^usr\/share\/common-licenses\//,
  /^usr\/share\/doc\/[^/]+(?:\/copyright|\/THIRD_PARTY_NOTICES)?$/,
];

/** @param packages the paths of Debian packages */
export async function rootEntries(
  packages: readonly string[],
  work: string,
): Promise<readonly TarEntry[]> {
  for (const file of packages) await run('dpkg-deb', ['--extract', file, work]);
  const paths = (await listPaths(work)).sort();
  const entries = [
    ...(await Promise.all(
      paths
        .filter((path) => meant.some((pattern) => pattern.test(path)))
        .map((path) => readEntry(work, path)),
    )),
    ...settings,
    await trustedAuthorities(work, paths),
    ...(await Promise.all(packages.map(packageRecord))),
  ];
  return [...entries, ...missingFolders(entries)].sort((one, other) =>
    one.name < other.name ? -1 : 1,
  );
}

/** Lists all paths in a folder and its subfolders. It uses `find`, because Node's recursive listing would follow symbolic links. */
async function listPaths(folder: string): Promise<string[]> {
  return (await run('find', [folder, '-mindepth', '1', '-printf', '%P\n'])).trim().split('\n');
}

async function readEntry(work: string, name: string): Promise<TarEntry> {
  const path = join(work, name);
  const status = lstatSync(path);
  const mode = status.mode & 0o7777;
  if (status.isSymbolicLink()) return { name, mode, target: await readlink(path) };
  return { name, mode, ...(status.isDirectory() ? {} : { data: await readFile(path) }) };
}

const settings: readonly TarEntry[] = [
  file(
    'etc/passwd',
    `root:x:0:0:root:/root:/bin/sh\nnonroot:x:${userId}:${userId}:nonroot:/:/bin/sh\n`,
  ),
  file('etc/group', `root:x:0:\nnonroot:x:${userId}:\n`),
  // This file makes glibc read /etc/hosts before it asks DNS.
  file('etc/nsswitch.conf', 'passwd: files\ngroup: files\nhosts: files dns\n'),
  { name: 'tmp', mode: 0o1777 },
];

/** Returns the CA bundle that update-ca-certificates would write. */
async function trustedAuthorities(work: string, paths: readonly string[]): Promise<TarEntry> {
  const texts = await Promise.all(
    paths
      .filter((path) => path.startsWith('usr/share/ca-certificates/') && path.endsWith('.crt'))
      .map((path) => readFile(join(work, path), 'utf8')),
  );
  return file(
    'etc/ssl/certs/ca-certificates.crt',
    texts.map((text) => `${text.trim()}\n`).join(''),
  );
}

/** Returns the file that describes a package. It has the path that vulnerability scanners expect in images without dpkg. */
async function packageRecord(path: string): Promise<TarEntry> {
  const fields = await run('dpkg-deb', ['--field', path]);
  const [, name] = /^Package: (\S+)$/m.exec(fields) ?? [];
  if (name === undefined) throw new Error(`${path} has no name`);
  return file(`var/lib/dpkg/status.d/${name}`, fields);
}

function missingFolders(entries: readonly TarEntry[]): readonly TarEntry[] {
  const names = new Set(entries.map(({ name }) => name));
  const folders = entries.flatMap(({ name }) => {
    const parts = name.split('/').slice(0, -1);
    return parts.map((_, index) => parts.slice(0, index + 1).join('/'));
  });
  return [...new Set(folders)]
    .filter((name) => !names.has(name))
    .map((name) => ({ name, mode: 0o755 }));
}

function file(name: string, text: string): TarEntry {
  return { name, mode: 0o644, data: Buffer.from(text) };
}
