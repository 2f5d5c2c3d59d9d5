// Unpacks the programs of a release and runs them on this machine.
import { mkdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { extract } from 'tar';
import * as assert from 'uvu/assert';
import { release } from '../../scripts/paths.ts';
import {
  archiveName,
  type Platform,
  platformName,
  platforms,
} from '../../scripts/release/platforms.ts';
import { needArmEmulation } from '../../scripts/release/tools.ts';
import { run } from '../../scripts/tools/shell.ts';
import { version } from '../../src/version.ts';
import { atEnd } from '../kit/suite.ts';
import type { Result } from '../kit/tool.ts';
import { withSandbox } from '../kit/with-sandbox.ts';

export const made = platforms.filter((platform) =>
  (process.env['TEST_PLATFORMS'] ?? '').split(',').includes(platformName(platform)),
);

/** Whether the tested release has all platforms. */
export const isWhole = made.length === platforms.length;

const unpacked = new Map<string, Promise<string>>();
let folder: Promise<string> | undefined;

/** Unpacks a platform's archive and returns the path of the folder. The folder is removed when the tests of a file end. */
export function unpack(platform: Platform): Promise<string> {
  const name = platformName(platform);
  const target = unpacked.get(name) ?? unpackTo(name, platform);
  unpacked.set(name, target);
  return target;
}

async function unpackTo(name: string, platform: Platform): Promise<string> {
  folder ??= makeFolder();
  const target = join(await folder, name);
  mkdirSync(target, { recursive: true });
  const archive = join(release, archiveName(platform));
  if (archive.endsWith('.zip')) await run('unzip', ['-o', '-q', archive, '-d', target]);
  else await extract({ file: archive, cwd: target });
  return target;
}

async function makeFolder(): Promise<string> {
  const made = await mkdtemp(join(tmpdir(), 'kubeletaccess-programs-'));
  atEnd(() => {
    folder = undefined;
    unpacked.clear();
    return rm(made, { recursive: true, force: true });
  });
  return made;
}

/** Returns the command line that starts a Linux program on this amd64 machine, by an emulator if the program is for arm64. */
export async function commandLine(program: string, { arch }: Platform): Promise<readonly string[]> {
  return arch === 'arm64' ? [...(await needArmEmulation()), program] : [program];
}

export function platformOf(name: string): Platform {
  const found = platforms.find((platform) => platformName(platform) === name);
  if (!found) throw new Error(`no platform ${name}`);
  return found;
}

export async function works(
  start: (args: readonly string[], kubeconfig: string) => Promise<Result>,
): Promise<void> {
  const nowhere = join(tmpdir(), 'nowhere');
  assert.is((await start(['version'], nowhere)).stdout, `kubectl-kubeletaccess v${version}\n`);
  const help = await start(['curl', '--help'], nowhere);
  assert.is(help.code, 0);
  assert.match(help.stdout, /^Usage:\n {2}kubectl kubeletaccess curl /m);
  await withSandbox(async (sandbox) => {
    const healthz = ['curl', '/healthz', '--node', 'node-1'];
    assert.is((await start(healthz, sandbox.kubeconfigs.admin)).stdout, 'ok');
    const status = await start(['status', '-o', 'json'], sandbox.kubeconfigs.admin);
    assert.is(JSON.parse(status.stdout).kind, 'KubeletAccessReport', status.stderr);
    const denied = await start(healthz, sandbox.kubeconfigs.dev);
    assert.is(denied.code, 1);
    assert.match(denied.stderr, /denied|Forbidden/);
  });
}
