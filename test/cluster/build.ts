import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { cacheFolder } from '../../scripts/tools/folders.ts';
import { quietTask, type Task } from '../../scripts/tools/task.ts';
import { go, kubernetesRequirement, writeModule } from './modules.ts';
import { type Minor, minorNumber, versions } from './versions.ts';

const containerdVersion = 'v2.4.2';
const konnectivityVersion = 'v0.36.0';
const metricsServerVersion = 'v0.8.0';
/** The newest versions of krew in Go's module proxy. */
export const krewVersions = ['v0.4.4', 'v0.5.0'] as const;

export type KrewVersion = (typeof krewVersions)[number];

export interface ClusterPrograms {
  readonly apiserver: string;
  readonly kubelet: string;
  readonly kubectl: string;
  readonly etcd: string;
  readonly containerd: string;
  readonly ctr: string;
  /** containerd finds its shim in this folder on PATH. */
  readonly containerdFolder: string;
  /** A process whose command line has one of these folders belongs to a cluster of tests. */
  readonly folders: readonly string[];
}

/** Returns the paths of the programs, even if they are not built yet. */
export function clusterPrograms(minor: Minor): ClusterPrograms {
  const kubernetes = kubernetesFolder(minor);
  const containerd = containerdFolder();
  return {
    apiserver: join(kubernetes, 'bin/kube-apiserver'),
    kubelet: join(kubernetes, 'bin/kubelet'),
    kubectl: join(kubernetes, 'bin/kubectl'),
    etcd: join(kubernetes, 'bin/etcd'),
    containerd: join(containerd, 'bin/containerd'),
    ctr: join(containerd, 'bin/ctr'),
    containerdFolder: join(containerd, 'bin'),
    folders: [kubernetes, containerd, controllersFolder(minor)],
  };
}

export async function buildCluster(minor: Minor, task: Task = quietTask): Promise<ClusterPrograms> {
  await once(kubernetesFolder(minor), versions[minor], task, (folder) =>
    buildKubernetes(folder, minor, task),
  );
  await once(containerdFolder(), containerdVersion, task, (folder) =>
    buildContainerd(folder, task),
  );
  return clusterPrograms(minor);
}

export interface ControllerPrograms {
  readonly controllerManager: string;
  readonly scheduler: string;
}

export async function buildControllers(
  minor: Minor,
  task: Task = quietTask,
): Promise<ControllerPrograms> {
  const names = ['kube-controller-manager', 'kube-scheduler'] as const;
  const target = controllersFolder(minor);
  await once(target, versions[minor], task, (folder) =>
    buildCommands(folder, minor, names, [], task),
  );
  return {
    controllerManager: join(target, 'bin', names[0]),
    scheduler: join(target, 'bin', names[1]),
  };
}

export async function buildKubeadm(minor: Minor, task: Task = quietTask): Promise<string> {
  const target = join(cacheFolder(), `kubeadm-${versions[minor]}`);
  await once(target, versions[minor], task, (folder) =>
    buildCommands(folder, minor, ['kubeadm'], [], task),
  );
  return join(target, 'bin/kubeadm');
}

/** Programs of the tunnel between an API server and nodes that it cannot reach directly. */
export interface KonnectivityPrograms {
  readonly server: string;
  readonly agent: string;
}

export async function buildKonnectivity(task: Task = quietTask): Promise<KonnectivityPrograms> {
  const module = 'sigs.k8s.io/apiserver-network-proxy';
  const packages = [`${module}/cmd/server`, `${module}/cmd/agent`];
  const modules = [module, `${module}/konnectivity-client`];
  const bin = await buildModules('konnectivity', modules, konnectivityVersion, packages, task);
  return { server: join(bin, 'server'), agent: join(bin, 'agent') };
}

export interface KrewPrograms {
  readonly krew: string;
  readonly validator: string;
}

export async function buildKrew(
  task: Task = quietTask,
  version: KrewVersion = 'v0.5.0',
): Promise<KrewPrograms> {
  const module = 'sigs.k8s.io/krew';
  const packages = [`${module}/cmd/krew`, `${module}/cmd/validate-krew-manifest`];
  const tag = `-X ${module}/internal/version.gitTag=${version}`;
  const bin = await buildModules('krew', [module], version, packages, task, tag);
  return { krew: join(bin, 'krew'), validator: join(bin, 'validate-krew-manifest') };
}

export async function buildMetricsServer(task: Task = quietTask): Promise<string> {
  const module = 'sigs.k8s.io/metrics-server';
  const packages = [`${module}/cmd/metrics-server`];
  const bin = await buildModules('metrics-server', [module], metricsServerVersion, packages, task);
  return join(bin, 'metrics-server');
}

async function buildModules(
  name: string,
  modules: readonly string[],
  version: string,
  packages: readonly string[],
  task: Task,
  flags = '',
): Promise<string> {
  const target = join(cacheFolder(), `${name}-${version}`);
  await once(target, version, task, async (folder) => {
    const required = modules.map((module) => `require ${module} ${version}`);
    await writeModule(folder, required, packages, task);
    const linking = `-ldflags=${`-s -w ${flags}`.trim()}`;
    await go(['build', linking, '-o', 'bin/', ...packages], task, folder);
  });
  return join(target, 'bin');
}

async function buildKubernetes(folder: string, minor: Minor, task: Task): Promise<void> {
  const etcd = 'go.etcd.io/etcd/server/v3';
  await buildCommands(folder, minor, ['kube-apiserver', 'kubelet', 'kubectl'], [etcd], task);
  await go(['build', '-ldflags=-s -w', '-o', 'bin/etcd', etcd], task, folder);
}

/** @param others packages that the module needs for other programs */
async function buildCommands(
  folder: string,
  minor: Minor,
  names: readonly string[],
  others: readonly string[],
  task: Task,
): Promise<void> {
  const version = versions[minor];
  const commands = names.map((name) => `k8s.io/kubernetes/cmd/${name}`);
  await writeModule(
    folder,
    await kubernetesRequirement(version, task),
    [...commands, ...others],
    task,
  );
  // Without these flags, every component reports v0.0.0-master, also in Node objects.
  const variables = { gitVersion: version, gitMajor: '1', gitMinor: String(minorNumber(minor)) };
  const settings = Object.entries(variables).map(
    ([name, value]) => `-X k8s.io/component-base/version.${name}=${value}`,
  );
  const flags = ['-s', '-w', ...settings].join(' ');
  await go(['build', `-ldflags=${flags}`, '-o', 'bin/', ...commands], task, folder);
}

async function buildContainerd(folder: string, task: Task): Promise<void> {
  const module = 'github.com/containerd/containerd/v2';
  const packages = ['containerd', 'containerd-shim-runc-v2', 'ctr'].map(
    (name) => `${module}/cmd/${name}`,
  );
  await writeModule(folder, [`require ${module} ${containerdVersion}`], packages, task);
  // These snapshotters need C headers that not every machine has.
  const tags = 'no_btrfs,no_zfs,no_devmapper';
  await go(['build', '-tags', tags, '-ldflags=-s -w', '-o', 'bin/', ...packages], task, folder);
}

/** Environment variable of a suite that runs without network. Another process then compiles missing programs. */
export const builtElsewhere = 'KUBELETACCESS_BUILT_ELSEWHERE';

// Must be less than the time limit of the waiting test.
const longestWaitSeconds = 240;

/** The stamp is written last: a folder with the stamp is complete. */
async function once(
  folder: string,
  stamp: string,
  task: Task,
  make: (folder: string) => Promise<void>,
): Promise<void> {
  const file = join(folder, 'stamp');
  const isMade = async () => (await readFile(file, 'utf8').catch(() => '')) === stamp;
  if (await isMade()) return;
  if (process.env[builtElsewhere] === 'true') {
    for (let second = 0; second < longestWaitSeconds; second += 1) {
      await setTimeout(1_000, undefined, { signal: task.signal });
      if (await isMade()) return;
    }
    throw new Error(`nobody has compiled ${folder}: npm run cluster build`);
  }
  task.note(`compiling into ${folder}; the first time takes minutes`);
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  await make(folder);
  await writeFile(file, stamp);
}

function kubernetesFolder(minor: Minor): string {
  return join(cacheFolder(), `kubernetes-${versions[minor]}`);
}

function controllersFolder(minor: Minor): string {
  return join(cacheFolder(), `controllers-${versions[minor]}`);
}

function containerdFolder(): string {
  return join(cacheFolder(), `containerd-${containerdVersion}`);
}
