import { existsSync } from 'node:fs';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { cacheFolder } from '../../scripts/tools/folders.ts';
import { run } from '../../scripts/tools/shell.ts';

/**
 * Returns the path of promtool. It is taken out of the Debian package: compiling it takes longer than compiling Kubernetes, and installing
 * the package starts a server.
 */
export async function needPromtool(): Promise<string> {
  const folder = join(cacheFolder(), 'promtool');
  const path = join(folder, 'usr/bin/promtool');
  if (existsSync(path)) return path;
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  await run('apt-get', ['update'], { timeoutMs: 600_000 });
  await run('apt-get', ['download', 'prometheus'], { cwd: folder, timeoutMs: 600_000 });
  const [archive = ''] = await readdir(folder);
  await run('dpkg', ['-x', archive, '.'], { cwd: folder });
  return path;
}
