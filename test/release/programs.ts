// The programs of a release, unpacked, and how to run them here.
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
import { version } from '../../src/version.ts';
import { run } from '../cluster/shell.ts';
import { atEnd } from '../kit/suite.ts';
import type { Result } from '../kit/tool.ts';
import { withSandbox } from '../kit/with-sandbox.ts';

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

/** Runs a program as a user would who meets it first, against a cluster. */
export async function works(
  start: (args: readonly string[], kubeconfig: string) => Promise<Result>,
): Promise<void> {
  const nowhere = '/nonexistent';
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
