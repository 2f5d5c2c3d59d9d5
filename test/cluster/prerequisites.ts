import { existsSync, readFileSync } from 'node:fs';
import { installPackages } from '../../scripts/tools/install-packages.ts';
import { findCommand, run } from '../../scripts/tools/shell.ts';
import type { Task } from '../../scripts/tools/task.ts';

/** The folder where Debian keeps the network plugins of containers. */
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

/** The reason why no real cluster can run on this machine, in one sentence; undefined if it can. */
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

/** Installs missing Debian packages; throws an Error with one sentence if that fails. */
export async function installPrerequisites(task: Task): Promise<void> {
  const problem = await missingPrerequisite();
  if (problem) {
    throw new Error(problem);
  }
  await installMissing('a real cluster', packages, task);
}

/** Installs the shells for tests of completion, and a terminal that shows them. */
export function installShells(task: Task): Promise<void> {
  const shells = ['tmux', 'zsh', 'fish'].map((name) => ({
    name,
    isHere: () => findCommand(name) !== undefined,
  }));
  const file = '/usr/share/bash-completion/bash_completion';
  const forBash = { name: 'bash-completion', isHere: () => existsSync(file) };
  return installMissing('completion', [...shells, forBash], task);
}

/** The program that writes journals of other machines. */
export const journalWriter = '/usr/lib/systemd/systemd-journal-remote';

/** Installs the programs that write and read journals. */
export function installJournal(task: Task): Promise<void> {
  return installMissing(
    'a journal',
    [
      { name: 'systemd', isHere: () => findCommand('journalctl') !== undefined },
      { name: 'systemd-journal-remote', isHere: () => existsSync(journalWriter) },
    ],
    task,
  );
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

/** The path of a busybox that runs without libraries; undefined if there is none. */
export function staticBusybox(): string | undefined {
  return ['/bin/busybox', '/usr/bin/busybox'].find((path) => existsSync(path) && isStatic(path));
}

/** Whether a 64-bit ELF file is static: the program headers of a dynamic program name its loader. */
function isStatic(path: string): boolean {
  const file = readFileSync(path);
  const start = Number(file.readBigUInt64LE(32));
  const size = file.readUInt16LE(54);
  const loader = 3;
  return !Array.from({ length: file.readUInt16LE(56) }, (_, index) =>
    file.readUInt32LE(start + index * size),
  ).includes(loader);
}
