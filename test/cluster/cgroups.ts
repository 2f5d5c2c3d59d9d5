import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdir, readFile, rmdir, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { recordMade } from './journal.ts';

const root = '/sys/fs/cgroup';

export async function createCgroup(directory: string, name: string): Promise<void> {
  recordMade(directory, 'cgroup', name);
  if (isUnified()) {
    await delegateControllers();
  }
  for (const hierarchy of hierarchies()) {
    const group = join(hierarchy, name);
    await mkdir(group, { recursive: true });
    // In version 1 a new group has no CPUs and no memory nodes.
    for (const file of ['cpuset.cpus', 'cpuset.mems']) {
      if (!isUnified() && existsSync(join(group, file))) {
        await writeFile(join(group, file), await readFile(join(hierarchy, file)));
      }
    }
  }
}

export function cgroupProcesses(name: string): readonly number[] {
  const pids = groups(name).flatMap((group) =>
    unlessGone(() => readFileSync(join(group, 'cgroup.procs'), 'utf8').split('\n').map(Number)),
  );
  // A process in another pid namespace appears as 0.
  return [...new Set(pids)].filter((pid) => pid > 1);
}

export function podCgroups(name: string, uid: string): readonly string[] {
  return groups(name).filter((group) => basename(group) === `pod${uid}`);
}

/** Returns false while the kernel reports a process in the group. */
export async function removeCgroup(name: string): Promise<boolean> {
  try {
    for (const group of groups(name).reverse()) {
      await rmdir(group);
    }
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EBUSY') {
      return false;
    }
    throw error;
  }
}

/** Returns the folders of a control group and its subgroups in all hierarchies. A group comes before its subgroups. */
function groups(name: string): string[] {
  return hierarchies()
    .map((hierarchy) => join(hierarchy, name))
    .filter((group) => existsSync(group))
    .flatMap(withNested);
}

function withNested(group: string): string[] {
  const nested = unlessGone(() => readdirSync(group, { withFileTypes: true }))
    .filter((entry) => entry.isDirectory())
    .flatMap((entry) => withNested(join(group, entry.name)));
  return [group, ...nested];
}

/** Returns what `look` finds; nothing if the control group is removed meanwhile. */
function unlessGone<Found>(look: () => Found[]): Found[] {
  try {
    return look();
  } catch (error) {
    if (['ENOENT', 'ENODEV'].includes((error as NodeJS.ErrnoException).code ?? '')) {
      return [];
    }
    throw error;
  }
}

function isUnified(): boolean {
  return existsSync(join(root, 'cgroup.controllers'));
}

/**
 * Returns the root folders. Version 2 of control groups has one. Version 1 has a folder for each controller, and symbolic links between
 * some.
 */
function hierarchies(): readonly string[] {
  return isUnified()
    ? [root]
    : readdirSync(root, { withFileTypes: true })
        .filter((entry) => entry.isDirectory())
        .map((entry) => join(root, entry.name))
        .filter((folder) => existsSync(join(folder, 'cgroup.procs')));
}

/** Enables controllers for subgroups, because in version 2 a group has only the controllers that its parent passes on. */
async function delegateControllers(): Promise<void> {
  const controllers = (await readFile(join(root, 'cgroup.controllers'), 'utf8')).trim().split(' ');
  for (const controller of controllers) {
    // Kubelets may not need a controller that cannot be enabled.
    await writeFile(join(root, 'cgroup.subtree_control'), `+${controller}`).catch(() => undefined);
  }
}
