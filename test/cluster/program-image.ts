import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { executable } from '../../scripts/paths.ts';
import type { TarEntry } from './archive.ts';
import { clusterPrograms } from './build.ts';
import type { RealCluster } from './cluster.ts';
import { buildImageWith } from './image.ts';
import { importImage } from './node.ts';
import { run } from './shell.ts';
import { quietTask } from './task.ts';

/** The image with our program, its libraries and a shell. */
export const programImage = 'test.local/kubectl-kubeletaccess:1';

/** Gives all nodes the image of the program that `npm run build` made. */
export async function installProgramImage(cluster: RealCluster): Promise<void> {
  const archive = join(cluster.directory, 'program.tar');
  await writeFile(archive, await buildImageWith([programImage], await programFiles()));
  for (const index of cluster.nodes.keys())
    await importImage(archive, index + 1, clusterPrograms(cluster.minor), quietTask);
}

async function programFiles(): Promise<readonly TarEntry[]> {
  const libraries = await librariesOf(executable);
  const folders = libraries.flatMap((path) =>
    path
      .split('/')
      .slice(1, -1)
      .map((_, index, parts) => parts.slice(0, index + 1).join('/')),
  );
  return [
    ...[...new Set(folders)].map((name) => ({ name, mode: 0o755 })),
    ...(await Promise.all(
      libraries.map(async (path) => ({
        name: path.slice(1),
        mode: 0o755,
        data: await readFile(path),
      })),
    )),
    { name: 'bin/kubectl-kubeletaccess', mode: 0o755, data: await readFile(executable) },
  ];
}

/** Paths of the libraries that a program loads, and of what loads them. */
async function librariesOf(program: string): Promise<readonly string[]> {
  const lines = (await run('ldd', [program])).split('\n');
  return lines.flatMap((line) => /(?:=> |^\s*)(\/\S+) \(/.exec(line)?.[1] ?? []);
}
