import { findCommand, run } from './shell.ts';
import type { Task } from './task.ts';

/** Installs Debian packages. If this fails, throws an Error with one sentence. */
export async function installPackages(names: readonly string[], task: Task): Promise<void> {
  if (!findCommand('apt-get')) {
    throw new Error(`this needs ${names.join(', ')}, and there is no apt-get`);
  }
  task.note(`installing ${names.join(' ')}`);
  const options = {
    env: { DEBIAN_FRONTEND: 'noninteractive' },
    signal: task.signal,
    timeoutMs: 600_000,
  };
  const install = ['install', '-y', '--no-install-recommends', ...waitForApt, ...names];
  // Suites run in parallel. flock makes apt-get wait while another suite updates the package lists.
  const alone = ['/tmp/kubeletaccess-apt.lock', 'apt-get'];
  await run('flock', [...alone, 'update'], options);
  await run('flock', [...alone, ...install], options);
}

/** Option that makes apt-get wait for other installations. */
export const waitForApt = ['-o', 'DPkg::Lock::Timeout=300'] as const;
