// Node for other platforms, where pkg expects what it would download.
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { goPlatform } from '../paths.ts';
import type { NodeBinary } from './get-node.ts';
import type { Platform } from './platforms.ts';

/** Runs with a cache of pkg that holds a Node of the platform and one that can run here, of the same version. */
export async function withPkgCache(
  platform: Platform,
  [node, generator]: readonly [NodeBinary, NodeBinary],
  use: () => Promise<void>,
): Promise<void> {
  const home = await mkdtemp(join(tmpdir(), 'kubeletaccess-pkg-'));
  const before = process.env['HOME'];
  try {
    await put(home, goPlatform, generator);
    await put(home, platform, node);
    process.env['HOME'] = home;
    await use();
  } finally {
    if (before === undefined) delete process.env['HOME'];
    else process.env['HOME'] = before;
    await rm(home, { recursive: true });
  }
}

/** Places an archive and its content, and the marks by which pkg knows that both are complete. */
async function put(
  home: string,
  { os, arch }: { readonly os: string; readonly arch: string },
  { path, version }: NodeBinary,
): Promise<void> {
  const pkgOs = os === 'windows' ? 'win' : os;
  const name = `node-v${version}-${pkgOs}-${arch === 'amd64' ? 'x64' : arch}`;
  const folder = join(home, '.pkg-cache/sea');
  const archive = join(folder, `${name}${os === 'windows' ? '.zip' : '.tar.gz'}`);
  const content = join(folder, os === 'windows' ? `${name}.exe` : `${name}/bin/node`);
  await mkdir(dirname(content), { recursive: true });
  await writeFile(archive, '');
  await rm(content, { force: true });
  await symlink(path, content);
  for (const file of [archive, content]) await writeFile(`${file}.ok`, '');
}
