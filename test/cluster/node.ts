import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { run, systemEnvironment } from '../../scripts/tools/shell.ts';
import type { Task } from '../../scripts/tools/task.ts';
import { canConnect } from '../kit/can-connect.ts';
import { waitFor } from '../kit/wait-for.ts';
import type { ClusterPrograms } from './build.ts';
import { createCgroup } from './cgroups.ts';
import { listProcesses, recordMade } from './journal.ts';
import { namespacePath, nodeAddress } from './network.ts';
import {
  containerdSettings,
  containerdSocket,
  type KubeletSettings,
  mountPoints,
  networkSettings,
  nodeCgroup,
  runtimeFolder,
} from './node-settings.ts';
import { kubeconfigPath } from './pki.ts';
import { hasEnded, startProcess } from './processes.ts';

// Mounts end with the last process of their namespace, so nothing has to be unmounted. Containers must see the volumes that a kubelet
// mounts, so the folder is shared.
const mountAndStart = `set -e
${mountPoints.map((folder) => `mount --bind "$1" ${folder}; shift`).join('\n')}
mount --make-shared /var/lib/kubelet
exec "$@"`;

/** Creates the folders of the machine over which nodes mount their own folders. */
export async function createMountPoints(directory: string): Promise<void> {
  for (const folder of mountPoints) {
    if (!existsSync(folder)) {
      recordMade(directory, 'folder', folder);
      await mkdir(folder, { recursive: true });
    }
  }
}

export async function startNode(
  directory: string,
  number: number,
  settings: KubeletSettings,
  programs: ClusterPrograms,
  task: Task,
): Promise<void> {
  const home = join(directory, `node-${number}`);
  const own = mountPoints.map((folder) => join(home, folder));
  for (const folder of [...own, ...['cni', 'manifests', 'var/log/pods', 'var/log/containers']]) {
    await mkdir(folder.startsWith('/') ? folder : join(home, folder), { recursive: true });
  }
  recordMade(directory, 'tree', runtimeFolder(number));
  await mkdir(runtimeFolder(number), { recursive: true });
  const runtimeSettings = join(home, 'containerd.toml');
  await writeFile(runtimeSettings, containerdSettings(home, number));
  await writeFile(join(home, 'cni/10-test.conflist'), JSON.stringify(networkSettings(number)));
  await writeKubeletSettings(directory, number, settings);
  await createCgroup(directory, nodeCgroup(number));

  const containerd = await startProcess(
    directory,
    `containerd-${number}`,
    // "ip netns exec" would mount another /sys, which hides the control groups.
    'nsenter',
    [
      `--net=${namespacePath(number)}`,
      ...['unshare', '--mount', '--propagation', 'slave'],
      ...['sh', '-c', mountAndStart, 'sh', ...own],
      ...[programs.containerd, '--config', runtimeSettings],
    ],
    { PATH: `${programs.containerdFolder}${delimiter}${systemEnvironment().PATH}` },
  );
  await waitFor(
    `containerd of node-${number}`,
    30_000,
    async () => {
      if (hasEnded(containerd.pid)) {
        throw new Error(`${containerd.name} ended by itself`);
      }
      return (
        existsSync(containerdSocket(number)) &&
        (await answers([...ctrOf(number, programs), 'version'], task))
      );
    },
    task.signal,
  );
  await importImage(join(directory, 'busybox.tar'), number, programs, task);
  await startKubelet(directory, number, programs);
}

/** Imports the images of an archive into a node. Images keep their names unless flags give others. */
export async function importImage(
  archive: string,
  number: number,
  programs: ClusterPrograms,
  task: Task,
  flags: readonly string[] = [],
): Promise<void> {
  const [command, ...ctr] = ctrOf(number, programs);
  await run(command, [...ctr, 'images', 'import', '--no-unpack', ...flags, archive], {
    signal: task.signal,
  });
}

function ctrOf(number: number, programs: ClusterPrograms): readonly [string, ...string[]] {
  return [programs.ctr, '--address', containerdSocket(number), '--namespace', 'k8s.io'];
}

export async function writeKubeletSettings(
  directory: string,
  number: number,
  settings: object,
): Promise<void> {
  await writeFile(join(directory, `node-${number}`, 'kubelet.json'), JSON.stringify(settings));
}

/** The kubelet runs in the namespaces of containerd of its node. */
export async function startKubelet(
  directory: string,
  number: number,
  programs: ClusterPrograms,
  flags: readonly string[] = [],
): Promise<void> {
  const containerd = listProcesses(directory).find(({ name }) => name === `containerd-${number}`);
  if (!containerd) {
    throw new Error(`node-${number} of the cluster has not been started`);
  }
  await startProcess(directory, `kubelet-${number}`, 'nsenter', [
    `--target=${containerd.pid}`,
    '--net',
    '--mount',
    programs.kubelet,
    `--config=${join(directory, `node-${number}`, 'kubelet.json')}`,
    `--kubeconfig=${kubeconfigPath(directory, `node-${number}`)}`,
    `--hostname-override=node-${number}`,
    `--node-ip=${nodeAddress(number)}`,
    '--v=2',
    ...flags,
  ]);
}

export async function waitForKubelet(number: number, task: Task): Promise<void> {
  await waitFor(
    `the kubelet of node-${number}`,
    60_000,
    () => canConnect({ host: nodeAddress(number), port: 10250 }),
    task.signal,
  );
}

async function answers([command = '', ...args]: readonly string[], task: Task): Promise<boolean> {
  try {
    await run(command, args, { signal: task.signal, timeoutMs: 5000 });
    return true;
  } catch {
    task.signal.throwIfAborted();
    return false;
  }
}
