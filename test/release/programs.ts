// The programs of a release, unpacked, and how to run them here.
import { mkdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { extract } from 'tar';
import { release } from '../../scripts/paths.ts';
import {
  archiveName,
  type Platform,
  platformName,
  platforms,
} from '../../scripts/release/platforms.ts';
import { needArmEmulation } from '../../scripts/release/tools.ts';
import { run } from '../cluster/shell.ts';
import { atEnd } from '../kit/suite.ts';

const folder = await mkdtemp(join(tmpdir(), 'kubeletaccess-programs-'));
atEnd(() => rm(folder, { recursive: true, force: true }));

const unpacked = new Map<string, Promise<string>>();

/** Gives the folder with the content of a platform's archive. */
export function unpack(platform: Platform): Promise<string> {
  const name = platformName(platform);
  const target = unpacked.get(name) ?? unpackTo(join(folder, name), platform);
  unpacked.set(name, target);
  return target;
}

async function unpackTo(target: string, platform: Platform): Promise<string> {
  mkdirSync(target, { recursive: true });
  const archive = join(release, archiveName(platform));
  if (archive.endsWith('.zip')) await run('unzip', ['-o', '-q', archive, '-d', target]);
  else await extract({ file: archive, cwd: target });
  return target;
}

const emulation = await needArmEmulation();

/** How to start a program of Linux on this amd64 machine. */
export function commandLine(program: string, { arch }: Platform): readonly string[] {
  return arch === 'arm64' ? [...emulation, program] : [program];
}

export function platformOf(name: string): Platform {
  const found = platforms.find((platform) => platformName(platform) === name);
  if (!found) throw new Error(`no platform ${name}`);
  return found;
}
