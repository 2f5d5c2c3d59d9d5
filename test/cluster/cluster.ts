import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm, rmdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { quietTask, type Task } from '../../scripts/tools/task.ts';
import type { Authority } from '../kit/certificates.ts';
import type { Likeness } from '../likeness/likenesses.ts';
import { buildCluster, type ClusterPrograms } from './build.ts';
import { clusterFolder } from './cluster-folder.ts';
import {
  type ApiServerFlags,
  startApiServer,
  startControlPlane,
  waitForNodes,
} from './control-plane.ts';
import { buildImage } from './image.ts';
import { listProcesses } from './journal.ts';
import type { Blueprint } from './likeness/blueprint.ts';
import { blueprintOf } from './likeness/blueprints.ts';
import { callerNamespacePath, createNetwork, setCallerApart } from './network.ts';
import {
  createMountPoints,
  startKubelet,
  startNode,
  waitForKubelet,
  writeKubeletSettings,
} from './node.ts';
import { kubeletSettings } from './node-settings.ts';
import { createPki, kubeconfigPath } from './pki.ts';
import { installPrerequisites } from './prerequisites.ts';
import { beganAt, endProcess, logTails } from './processes.ts';
import type { KubeletStart, RealCluster } from './real-cluster.ts';
import { isUp, type Mark, markFile, stopCluster } from './stop.ts';
import { type Minor, versions } from './versions.ts';

export interface ClusterOptions {
  readonly minor: Minor;
  /** Number of nodes, at most 9; by default 2, or more if the likeness needs more. */
  readonly nodes?: number | undefined;
  /** Kind of cluster to build, such as kubeadm; by default the usual cluster, which most suites use. */
  readonly likeness?: Likeness | undefined;
  readonly task?: Task;
}

/** On a failure or an interrupt, removes the parts that have started. */
export async function startCluster(options: ClusterOptions): Promise<RealCluster> {
  const { minor, likeness, task = quietTask } = options;
  const blueprint = blueprintOf(likeness);
  const nodes = Math.max(options.nodes ?? 2, blueprint.leastNodes);
  const directory = clusterFolder();
  await installPrerequisites(task);
  const programs = await buildCluster(minor, task);
  await claimFolder(directory, programs, task);
  try {
    const parts = { directory, minor, nodes, programs, likeness, blueprint };
    const { authority, apiServerFlags } = await startParts(parts, task);
    const cluster = realCluster(parts, authority, apiServerFlags);
    await blueprint.furnish(cluster);
    if (blueprint.ownConnection) await setCallerApart(directory, nodes, task);
    return cluster;
  } catch (error) {
    const logs = task.signal.aborted ? '' : await logTails(directory);
    const leftover = await stopCluster(directory).then(() => '', messageOf);
    const parts = [`the cluster did not start: ${messageOf(error)}`, logs, leftover];
    throw new Error(parts.filter(Boolean).join('\n'), { cause: error });
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Creates the folder of the cluster. It is renamed into place, so that it never exists without its mark file. */
async function claimFolder(
  directory: string,
  programs: ClusterPrograms,
  task: Task,
): Promise<void> {
  await mkdir(dirname(directory), { recursive: true });
  await removeLeftover(directory, task);
  const mark: Mark = {
    starter: { pid: process.pid, began: beganAt(process.pid) ?? '' },
    programFolders: programs.folders,
  };
  const own = await mkdtemp(`${directory}-`);
  await writeFile(join(own, markFile), JSON.stringify(mark));
  try {
    await rename(own, directory);
  } catch (error) {
    await rm(own, { recursive: true });
    if (!/EEXIST|ENOTEMPTY/.test((error as NodeJS.ErrnoException).code ?? '')) {
      throw error;
    }
    throw new Error(`a cluster is up (${directory}): say "npm run cluster down"`, { cause: error });
  }
}

/** Removes the folder of a cluster that no longer runs, such as after a restart of the machine. */
async function removeLeftover(directory: string, task: Task): Promise<void> {
  if (!existsSync(directory) || (await isUp(directory))) {
    return;
  }
  // Without the lock, another start could remove the new cluster.
  const lock = `${directory}.lock`;
  await mkdir(lock).catch((cause: unknown) => {
    throw new Error(`another start takes down what is left, or died (${lock})`, { cause });
  });
  try {
    if (!(await isUp(directory))) {
      task.note(`taking down what is left in ${directory}`);
      await stopCluster(directory);
    }
  } finally {
    await rmdir(lock);
  }
}

interface Parts {
  readonly directory: string;
  readonly minor: Minor;
  readonly nodes: number;
  readonly programs: ClusterPrograms;
  readonly likeness: Likeness | undefined;
  readonly blueprint: Blueprint;
}

async function startParts(
  { directory, minor, nodes, programs, blueprint }: Parts,
  task: Task,
): Promise<{ readonly authority: Authority; readonly apiServerFlags: ApiServerFlags }> {
  task.note(`starting Kubernetes ${versions[minor]} in ${directory}`);
  await mkdir(join(directory, 'log'));
  await createMountPoints(directory);
  await createNetwork(directory, nodes, task);
  const authority = await createPki(directory, { ...blueprint, nodes });
  await writeFile(join(directory, 'busybox.tar'), await buildImage());
  const apiServerFlags = await blueprint.prepare({ directory, minor, authority, task });
  await startControlPlane(directory, programs, apiServerFlags, task);
  task.note('the API server is ready');
  const numbers = Array.from({ length: nodes }, (_, index) => index + 1);
  // Nothing may start during the clean-up.
  const results = await Promise.allSettled(
    numbers.map((number) => {
      const settings = kubeletSettings(directory, number, minor, blueprint.isSelfSigned(number));
      return startNode(directory, number, settings, programs, task);
    }),
  );
  for (const result of results) {
    if (result.status === 'rejected') {
      throw result.reason;
    }
  }
  await waitForNodes(directory, programs, nodes, task);
  task.note(`${nodes} nodes are ready`);
  return { authority, apiServerFlags };
}

function realCluster(
  { directory, minor, nodes, programs, likeness, blueprint }: Parts,
  authority: Authority,
  apiServerFlags: ApiServerFlags,
): RealCluster {
  const names = Array.from({ length: nodes }, (_, index) => `node-${index + 1}`);
  const numberOf = (node: string) => {
    if (!names.includes(node)) {
      throw new Error(`the cluster has no ${node}`);
    }
    return names.indexOf(node) + 1;
  };
  const stopProcess = async (name: string) => {
    const found = listProcesses(directory).find((process) => process.name === name);
    if (found) {
      await endProcess(found, [directory, ...programs.folders]);
    }
  };
  const stopKubelet = (node: string) => stopProcess(`kubelet-${numberOf(node)}`);
  const startAgain = async (node: string, start: KubeletStart = {}) => {
    const own = start.minor ? await buildCluster(start.minor) : programs;
    await startKubelet(directory, numberOf(node), own, start.flags);
    await waitForKubelet(numberOf(node), quietTask);
  };
  return {
    version: versions[minor],
    minor,
    likeness,
    callerNamespace: blueprint.ownConnection ? callerNamespacePath : undefined,
    directory,
    pki: join(directory, 'pki'),
    authority,
    kubectl: programs.kubectl,
    kubeconfigs: {
      admin: kubeconfigPath(directory, blueprint.caller),
      dev: kubeconfigPath(directory, 'dev'),
    },
    nodes: names,
    stopProcess,
    stopApiServer: () => stopProcess('apiserver'),
    startApiServer: (flags) =>
      startApiServer(directory, programs, { ...apiServerFlags, ...flags }, quietTask),
    stopKubelet,
    startKubelet: (node) => startAgain(node),
    restartKubelet: async (node, change = (usual) => usual, start = {}) => {
      await stopKubelet(node);
      const number = numberOf(node);
      const selfSigned = blueprint.isSelfSigned(number);
      const usual = kubeletSettings(directory, number, start.minor ?? minor, selfSigned);
      await writeKubeletSettings(directory, number, change(usual));
      await startAgain(node, start);
    },
    stop: () => stopCluster(directory),
  };
}
