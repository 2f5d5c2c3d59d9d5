import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdir, readFile, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { recordMade } from './journal.ts';

const root = '/sys/fs/cgroup';

/** Makes the group under which a kubelet puts its pods. */
export async function createCgroup(directory: string, name: string): Promise<void> {
  recordMade(directory, 'cgroup', name);
  if (isUnified()) {
    await delegateControllers();
  }
  for (const hierarchy of hierarchies()) {
    const group = join(hierarchy, name);
    await mkdir(group, { recursive: true });
    // In version 1 a new group has no processor and no memory node until told.
    for (const file of ['cpuset.cpus', 'cpuset.mems']) {
      if (!isUnified() && existsSync(join(group, file))) {
        await writeFile(join(group, file), await readFile(join(hierarchy, file)));
      }
    }
  }
}

/** Numbers of all processes in a group and the groups in it. */
export function cgroupProcesses(name: string): readonly number[] {
  const pids = groups(name).flatMap((group) =>
    readFileSync(join(group, 'cgroup.procs'), 'utf8').trim().split('\n').map(Number),
  );
  // A process of another pid namespace reads as 0.
  return [...new Set(pids)].filter((pid) => pid > 1);
}

/** Removes a group and the groups in it; no process may be left in them. */
export async function removeCgroup(name: string): Promise<void> {
  for (const group of groups(name).reverse()) {
    await rmdir(group);
  }
}

/** The folders of a group in all hierarchies, each before those in it. */
function groups(name: string): string[] {
  return hierarchies()
    .map((hierarchy) => join(hierarchy, name))
    .filter((group) => existsSync(group))
    .flatMap((group) => [
      group,
      ...readdirSync(group, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isDirectory())
        .map((entry) => join(entry.parentPath, entry.name)),
    ]);
}

function isUnified(): boolean {
  return existsSync(join(root, 'cgroup.controllers'));
}

/** One folder in version 2; in version 1 one for each controller, without the links between them. */
function hierarchies(): readonly string[] {
  return isUnified()
    ? [root]
    : readdirSync(root, { withFileTypes: true })
        .filter((entry) => entry.isDirectory())
        .map((entry) => join(root, entry.name))
        .filter((folder) => existsSync(join(folder, 'cgroup.procs')));
}

/** In version 2 a group has only the controllers that its parent hands down. */
async function delegateControllers(): Promise<void> {
  const controllers = (await readFile(join(root, 'cgroup.controllers'), 'utf8')).trim().split(' ');
  for (const controller of controllers) {
    // A controller that cannot be handed down may be one that no kubelet asks for.
    await writeFile(join(root, 'cgroup.subtree_control'), `+${controller}`).catch(() => undefined);
  }
}
