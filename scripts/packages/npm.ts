// Packages for npm: one for each platform, and a main package that depends on them and starts the program for this platform.
import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { completer } from '../../src/commands/completion/shim.ts';
import { root } from '../paths.ts';
import { gzipAgain } from '../release/archive.ts';
import { type Platform, programName } from '../release/platforms.ts';
import { run } from '../tools/shell.ts';
import { about, product } from './about.ts';

function nodePlatform({ os, arch }: Platform): { readonly os: string; readonly cpu: string } {
  return { os: os === 'windows' ? 'win32' : os, cpu: arch === 'amd64' ? 'x64' : arch };
}

export function npmName(platform: Platform): string {
  const { os, cpu } = nodePlatform(platform);
  return `${product}-${os}-${cpu}`;
}

export function npmArchive(name: string): string {
  return `${name}-${about().version}.tgz`;
}

/** @param content folder with the files of the platform's archive */
export async function makePlatformPackage(
  platform: Platform,
  content: string,
  folder: string,
): Promise<void> {
  const { os, cpu } = nodePlatform(platform);
  await pack(content, folder, {
    name: npmName(platform),
    description: `The program of ${product} for ${platform.os}/${platform.arch}`,
    os: [os],
    cpu: [cpu],
    ...(platform.os === 'linux' ? { libc: ['glibc'] } : {}),
    files: [programName(platform), 'SKILL.md', 'THIRD_PARTY_NOTICES'],
    // Without this field, Yarn keeps the package in a zip file, from which the program cannot run.
    preferUnplugged: true,
  });
}

export async function makeMainPackage(
  platforms: readonly Platform[],
  work: string,
  folder: string,
): Promise<string> {
  const { version, description } = about();
  await mkdir(work, { recursive: true });
  const scripts = ['start.cjs', 'complete.cjs', 'find-program.cjs'];
  for (const name of scripts)
    await copyFile(join(root, 'scripts/packages', name), join(work, name));
  await copyFile(join(root, 'LICENSE'), join(work, 'LICENSE'));
  await pack(work, folder, {
    name: product,
    description,
    // On Windows, npm writes a script for each of these names, and kubectl finds this script.
    bin: { [product]: 'start.cjs', [completer]: 'complete.cjs' },
    files: scripts,
    engines: { node: '>=18' },
    optionalDependencies: Object.fromEntries(
      platforms.map((platform) => [npmName(platform), version]),
    ),
  });
  return join(folder, npmArchive(product));
}

async function pack(
  cwd: string,
  folder: string,
  own: Readonly<Record<string, unknown>> & { readonly name: string },
): Promise<void> {
  const { version, homepage, license } = about();
  const repository = { type: 'git', url: `git+${homepage}.git` };
  const manifest = { ...own, version, license, homepage, repository };
  await writeFile(join(cwd, 'package.json'), JSON.stringify(manifest, null, 2));
  await run('npm', ['pack', '--silent', '--ignore-scripts', `--pack-destination=${folder}`], {
    cwd,
    timeoutMs: 300_000,
  });
  await gzipAgain(join(folder, npmArchive(own.name)));
}
