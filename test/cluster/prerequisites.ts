import { existsSync, readFileSync } from 'node:fs';
import { installPackages } from '../../scripts/tools/install-packages.ts';
import { findCommand, run } from '../../scripts/tools/shell.ts';
import type { Task } from '../../scripts/tools/task.ts';

/** The folder in which Debian installs network plugins for containers. */
export const networkPlugins = '/usr/lib/cni';

interface Package {
  readonly name: string;
  readonly isHere: () => boolean;
}

const packages: readonly Package[] = [
  { name: 'runc', isHere: () => findCommand('runc') !== undefined },
  { name: 'iproute2', isHere: () => findCommand('ip') !== undefined },
  { name: 'busybox-static', isHere: () => staticBusybox() !== undefined },
  {
    name: 'containernetworking-plugins',
    isHere: () =>
      ['bridge', 'host-local', 'loopback'].every((name) => existsSync(`${networkPlugins}/${name}`)),
  },
];

/** Returns why a real cluster cannot run on this machine, in one sentence; undefined if it can run. */
export async function missingPrerequisite(): Promise<string | undefined> {
  if (process.platform !== 'linux') {
    return `a real cluster needs Linux, and this is ${process.platform}`;
  }
  if (process.getuid?.() !== 0) {
    return 'a real cluster needs root, for network namespaces and control groups';
  }
  return await missingGo();
}

async function missingGo(): Promise<string | undefined> {
  if (!findCommand('go')) {
    return 'compiling Kubernetes needs Go 1.26 or later, and there is no go on PATH';
  }
  const version = (await run('go', ['env', 'GOVERSION'], { cwd: '/' })).trim();
  const [, major, minor] = /^go(\d+)\.(\d+)/.exec(version) ?? [];
  return Number(major) > 1 || Number(minor) >= 26
    ? undefined
    : `compiling Kubernetes needs Go 1.26 or later, and this is ${version}`;
}

/** Throws an Error with one sentence if packages cannot be installed. */
export async function installPrerequisites(task: Task): Promise<void> {
  const problem = await missingPrerequisite();
  if (problem) {
    throw new Error(problem);
  }
  await installMissing('a real cluster', packages, task);
}

/** Tests of completion need these shells, and a terminal that shows them. */
export function installShells(task: Task): Promise<void> {
  const shells = ['tmux', 'zsh', 'fish'].map((name) => ({
    name,
    isHere: () => findCommand(name) !== undefined,
  }));
  const file = '/usr/share/bash-completion/bash_completion';
  const forBash = { name: 'bash-completion', isHere: () => existsSync(file) };
  return installMissing('completion', [...shells, forBash], task);
}

/** Kubelets read logs of services by journalctl. */
export function installJournal(task: Task): Promise<void> {
  const journalctl = { name: 'systemd', isHere: () => findCommand('journalctl') !== undefined };
  return installMissing('a journal', [journalctl], task);
}

async function installMissing(what: string, wanted: readonly Package[], task: Task): Promise<void> {
  const missing = missingPackages(wanted);
  if (missing.length === 0) {
    return;
  }
  await installPackages(missing, task);
  const still = missingPackages(wanted);
  if (still.length > 0) {
    throw new Error(`${what} needs ${still.join(', ')}, which apt-get has not brought`);
  }
}

function missingPackages(wanted: readonly Package[]): readonly string[] {
  return wanted.filter(({ isHere }) => !isHere()).map(({ name }) => name);
}

/** Returns the path of a busybox that needs no libraries; undefined if there is none. */
export function staticBusybox(): string | undefined {
  return ['/bin/busybox', '/usr/bin/busybox'].find((path) => existsSync(path) && isStatic(path));
}

/** The program headers of a dynamic 64-bit ELF file name its loader. */
function isStatic(path: string): boolean {
  const file = readFileSync(path);
  const start = Number(file.readBigUInt64LE(32));
  const size = file.readUInt16LE(54);
  const loader = 3;
  return !Array.from({ length: file.readUInt16LE(56) }, (_, index) =>
    file.readUInt32LE(start + index * size),
  ).includes(loader);
}
