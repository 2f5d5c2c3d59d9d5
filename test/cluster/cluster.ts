import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm, rmdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { quietTask, type Task } from '../../scripts/tools/task.ts';
import type { Authority } from '../kit/certificates.ts';
import { buildCluster, type ClusterPrograms } from './build.ts';
import { clusterFolder } from './cluster-folder.ts';
import { startApiServer, startControlPlane, waitForNodes } from './control-plane.ts';
import { buildImage } from './image.ts';
import { listProcesses } from './journal.ts';
import { createNetwork } from './network.ts';
import {
  createMountPoints,
  startKubelet,
  startNode,
  waitForKubelet,
  writeKubeletSettings,
} from './node.ts';
import { type KubeletSettings, kubeletSettings } from './node-settings.ts';
import { createPki, kubeconfigPath } from './pki.ts';
import { installPrerequisites } from './prerequisites.ts';
import { beganAt, endProcess, logTails } from './processes.ts';
import { isUp, type Mark, markFile, stopCluster } from './stop.ts';
import { type Minor, versions } from './versions.ts';

export interface ClusterOptions {
  readonly minor: Minor;
  /** 2 unless told; at most 9. */
  readonly nodes?: number;
  readonly task?: Task;
}

/** Genuine Kubernetes on this machine: etcd, an API server, and kubelets with containerd. */
export interface RealCluster {
  /** `v1.37.2` */
  readonly version: string;
  readonly minor: Minor;
  /** The folder of all its state, gone when it stops. */
  readonly directory: string;
  /** The folder with the certificates and keys of all parts. */
  readonly pki: string;
  /** The authority that the API server and the kubelets believe, for clients and for servers. */
  readonly authority: Authority;
  /** The path of the kubectl of its version. */
  readonly kubectl: string;
  /** Paths: `admin` may do anything, `dev` nothing. */
  readonly kubeconfigs: { readonly admin: string; readonly dev: string };
  /** `node-1`, `node-2`, … */
  readonly nodes: readonly string[];
  /** Ends the API server and leaves all else running. */
  stopApiServer(): Promise<void>;
  /** Starts it again and waits until it is ready. */
  startApiServer(): Promise<void>;
  /** Ends a node's kubelet and leaves its containers running. */
  stopKubelet(node: string): Promise<void>;
  /** Starts it again and waits until it accepts connections. */
  startKubelet(node: string): Promise<void>;
  /** Ends it and starts it with other settings, from its usual ones; without a change, with those. */
  restartKubelet(node: string, change?: (usual: KubeletSettings) => object): Promise<void>;
  stop(): Promise<void>;
}

/** Builds what is missing and starts a cluster; a failure or an interrupt takes down what was started. */
export async function startCluster(options: ClusterOptions): Promise<RealCluster> {
  const { minor, nodes = 2, task = quietTask } = options;
  const directory = clusterFolder();
  await installPrerequisites(task);
  const programs = await buildCluster(minor, task);
  await claimFolder(directory, programs, task);
  try {
    const authority = await startParts(directory, minor, nodes, programs, task);
    return realCluster(directory, minor, nodes, programs, authority);
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

/** Makes the folder with its mark in one step, so that it never has none. */
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

/** What is left of a cluster that went down with its machine keeps nobody from starting another. */
async function removeLeftover(directory: string, task: Task): Promise<void> {
  if (!existsSync(directory) || (await isUp(directory))) {
    return;
  }
  // Only one start may do so: to another one, what follows would seem to be left, too.
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

async function startParts(
  directory: string,
  minor: Minor,
  nodes: number,
  programs: ClusterPrograms,
  task: Task,
): Promise<Authority> {
  task.note(`starting Kubernetes ${versions[minor]} in ${directory}`);
  await mkdir(join(directory, 'log'));
  await createMountPoints(directory);
  await createNetwork(directory, nodes, task);
  const authority = await createPki(directory, nodes);
  await writeFile(join(directory, 'busybox.tar'), await buildImage());
  await startControlPlane(directory, programs, task);
  task.note('the API server is ready');
  const numbers = Array.from({ length: nodes }, (_, index) => index + 1);
  // All of them end before a failure is told: nothing may be started while all is taken down.
  const results = await Promise.allSettled(
    numbers.map((number) => startNode(directory, number, minor, programs, task)),
  );
  for (const result of results) {
    if (result.status === 'rejected') {
      throw result.reason;
    }
  }
  await waitForNodes(directory, programs, nodes, task);
  task.note(`${nodes} nodes are ready`);
  return authority;
}

function realCluster(
  directory: string,
  minor: Minor,
  nodes: number,
  programs: ClusterPrograms,
  authority: Authority,
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
  const startAgain = async (node: string) => {
    await startKubelet(directory, numberOf(node), programs);
    await waitForKubelet(numberOf(node), quietTask);
  };
  return {
    version: versions[minor],
    minor,
    directory,
    pki: join(directory, 'pki'),
    authority,
    kubectl: programs.kubectl,
    kubeconfigs: {
      admin: kubeconfigPath(directory, 'admin'),
      dev: kubeconfigPath(directory, 'dev'),
    },
    nodes: names,
    stopApiServer: () => stopProcess('apiserver'),
    startApiServer: () => startApiServer(directory, programs, quietTask),
    stopKubelet,
    startKubelet: startAgain,
    restartKubelet: async (node, change = (usual) => usual) => {
      await stopKubelet(node);
      const number = numberOf(node);
      const usual = kubeletSettings(directory, number, minor);
      await writeKubeletSettings(directory, number, change(usual));
      await startAgain(node);
    },
    stop: () => stopCluster(directory),
  };
}
