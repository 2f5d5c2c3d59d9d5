import { existsSync, readFileSync } from 'node:fs';
import { readFile, rm, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from '../../scripts/tools/shell.ts';
import { waitFor } from '../kit/wait-for.ts';
import { cgroupProcesses, removeCgroup } from './cgroups.ts';
import { checkOwnFolder } from './cluster-folder.ts';
import { listMade, listProcesses } from './journal.ts';
import { removeNetwork } from './network.ts';
import { isMountPoint, isRuntimeFolder } from './node-settings.ts';
import { beganAt, findProcesses, isOurs, signalProcess } from './processes.ts';

/** Marks the folder of a cluster. A folder without this file is never changed. */
export const markFile = 'cluster.json';

/** Content of the mark file. Another process reads it to stop the cluster. */
export interface Mark {
  /** The process that starts the cluster. Process ids are reused, but not with the same start time. */
  readonly starter: { readonly pid: number; readonly began: string };
  /** A process whose command line has one of these folders belongs to the cluster. */
  readonly programFolders: readonly string[];
}

/** Removes everything that the cluster created, even if its start was incomplete. */
export async function stopCluster(directory: string): Promise<void> {
  if (!existsSync(directory)) {
    return;
  }
  const mark = await readMark(directory);
  const folders = [directory, ...mark.programFolders];
  const problems: string[] = [];
  const attempt = async (step: () => Promise<void>) => {
    try {
      await step();
    } catch (error) {
      problems.push(error instanceof Error ? error.message : String(error));
    }
  };
  await attempt(() => endProcesses(directory, folders));
  for (const name of listMade(directory, 'cgroup')) {
    await attempt(() =>
      waitFor(`the control group ${name} to be empty`, 10_000, () => removeCgroup(name)),
    );
  }
  await attempt(() => removeNetwork(directory));
  // A damaged record removes nothing else.
  const trees = [...listMade(directory, 'tree').filter(isRuntimeFolder), directory];
  await attempt(() => unmountIn(trees));
  for (const tree of problems.length > 0 ? [] : trees) {
    if (tree === directory) {
      await attempt(() => removeEmptyFolders(directory));
    }
    await attempt(() => rm(tree, { recursive: true, force: true }));
  }
  if (problems.length > 0) {
    throw new Error(`the cluster in ${directory} is not wholly down:\n${problems.join('\n')}`);
  }
}

/** Returns whether the cluster starts or runs; false after a restart of the machine. */
export async function isUp(directory: string): Promise<boolean> {
  const { starter, programFolders } = await readMark(directory);
  const folders = [directory, ...programFolders];
  return (
    beganAt(starter.pid) === starter.began ||
    listProcesses(directory).some(({ pid }) => isOurs(pid, folders))
  );
}

/** Throws if the folder may be of another user. All that stops a cluster reads this first. */
async function readMark(directory: string): Promise<Mark> {
  checkOwnFolder(directory);
  const text = await readFile(join(directory, markFile), 'utf8').catch((cause: unknown) => {
    throw new Error(`${directory} is not a cluster's folder: it has no ${markFile}`, { cause });
  });
  return JSON.parse(text) as Mark;
}

async function endProcesses(directory: string, folders: readonly string[]): Promise<void> {
  const sockets = listMade(directory, 'tree').map((tree) => `${tree}/containerd.sock`);
  const groups = listMade(directory, 'cgroup');
  const recorded = () =>
    listProcesses(directory)
      .map(({ pid }) => pid)
      .filter((pid) => isOurs(pid, folders));
  // Each pod has a shim process, which outlives containerd. The containers of the pod outlive the shim.
  const shims = () =>
    findProcesses(
      ([command = '', ...words]) =>
        command.endsWith('/containerd-shim-runc-v2') &&
        words.some((word) => sockets.includes(word)),
    );
  const contained = () => groups.flatMap((name) => cgroupProcesses(name));
  await waitFor('the processes of the cluster to end', 30_000, () => {
    // Kills processes that start others first. No process needs to clean up, because all files are deleted.
    const alive = [recorded, shims, contained].flatMap((list) => {
      const pids = list();
      for (const pid of pids) {
        signalProcess(pid, 'SIGKILL');
      }
      return pids;
    });
    return alive.length === 0;
  });
}

/** Unmounts everything in these folders. Otherwise the content of a mount would be deleted together with its folder. */
async function unmountIn(trees: readonly string[]): Promise<void> {
  const points = readFileSync('/proc/self/mounts', 'utf8')
    .split('\n')
    .flatMap((line) => line.split(' ')[1] ?? [])
    .filter((point) => trees.some((tree) => point === tree || point.startsWith(`${tree}/`)));
  for (const point of points.reverse()) {
    await run('umount', ['--lazy', point]);
  }
}

/** A folder stays if another program has put files into it. */
async function removeEmptyFolders(directory: string): Promise<void> {
  for (const folder of listMade(directory, 'folder').filter(isMountPoint)) {
    await rmdir(folder).catch(() => undefined);
  }
}
