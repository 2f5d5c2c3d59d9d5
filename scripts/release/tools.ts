// Finds the programs that only a release needs. Installs or compiles missing ones.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { cacheFolder } from '../tools/folders.ts';
import { installPackages } from '../tools/install-packages.ts';
import { findCommand, run } from '../tools/shell.ts';
import { quietTask } from '../tools/task.ts';

/** If the command is missing, installs its Debian package as root. If this is impossible, throws an error that names the package. */
export async function needCommand(command: string, debianPackage: string): Promise<string> {
  if (findCommand(command) === undefined) await installPackages([debianPackage], quietTask);
  const path = findCommand(command);
  if (path === undefined) throw new Error(`a release needs ${command}`);
  return path;
}

const codesignVersion = '0.29.0';

/** Returns the path of `rcodesign`, which signs macOS programs on any platform. It is compiled once, which takes some minutes. */
export async function needCodesign(): Promise<string> {
  const root = join(cacheFolder(), `rcodesign-${codesignVersion}`);
  const program = join(root, 'bin/rcodesign');
  if (existsSync(program)) return program;
  await run(
    'cargo',
    [
      'install',
      'apple-codesign',
      `--version==${codesignVersion}`,
      '--locked',
      '--no-default-features',
      `--root=${root}`,
    ],
    { timeoutMs: 45 * 60_000 },
  );
  return program;
}

const armLibraries = '/usr/aarch64-linux-gnu';

/**
 * Returns the command that runs a Linux program for arm64 on this machine. Its process has the name `node`.
 *
 * @param root folder in which the program finds its libraries
 */
export async function needArmEmulation(root = armLibraries): Promise<readonly string[]> {
  const packages = {
    'libc.so.6': 'libc6-arm64-cross',
    'libstdc++.so.6': 'libstdc++6-arm64-cross',
    'libatomic.so.1': 'libatomic1-arm64-cross',
  };
  const missing = Object.entries(packages)
    .filter(([library]) => !existsSync(join(armLibraries, 'lib', library)))
    .map(([, name]) => name);
  if (missing.length > 0) await installPackages(missing, quietTask);
  const qemu = await needCommand('qemu-aarch64-static', 'qemu-user-static');
  return [qemu, '-0', 'node', '-L', root];
}
