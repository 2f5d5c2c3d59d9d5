import { delimiter } from 'node:path';
import type { Caller, World } from '../contract/world.ts';
import { openApi } from '../kit/api-client.ts';
import { type CommandLine, type Result, runProcess, runTool, startProcess } from '../kit/tool.ts';
import { adminIdentity } from './admin-api.ts';
import { nodeAddress } from './network.ts';
import { apiServerUrl } from './pki.ts';
import type { RealCluster } from './real-cluster.ts';
import { startPod } from './start-pod.ts';
import { minorNumber } from './versions.ts';

/** Runs the kubectl of the cluster's version, with the plugin on its PATH. */
export type Kubectl = (
  args: readonly string[],
  as?: Caller,
  stdin?: string,
  env?: Readonly<Record<string, string>>,
) => Promise<Result>;

export function kubectlOf(cluster: RealCluster, programFolder: string): Kubectl {
  return (args, as = 'admin', stdin = '', env = {}) =>
    runProcess(...asCaller(cluster, args), {
      env: { ...environment(cluster, programFolder, cluster.kubeconfigs[as]), ...env },
      stdin,
    });
}

/** Runs the program in this process, as administrator. */
export function toolOf({ kubeconfigs }: RealCluster): (line: CommandLine) => Promise<Result> {
  return (line) => runTool(line, { env: { KUBECONFIG: kubeconfigs.admin } });
}

function asCaller(
  { kubectl, callerNamespace }: RealCluster,
  args: readonly string[],
): [command: string, args: readonly string[]] {
  return callerNamespace === undefined
    ? [kubectl, args]
    : ['nsenter', [`--net=${callerNamespace}`, kubectl, ...args]];
}

function environment({ directory }: RealCluster, programFolder: string, kubeconfig: string) {
  const path = `${programFolder}${delimiter}${process.env['PATH']}`;
  // No cache folder, so that commands do not share a cache.
  return { PATH: path, HOME: directory, KUBECONFIG: kubeconfig, XDG_CACHE_HOME: '/dev/null' };
}

export async function realWorld(cluster: RealCluster, programFolder: string): Promise<World> {
  const { ca, ...admin } = adminIdentity(cluster);
  const kubectl = kubectlOf(cluster, programFolder);
  // kubectl replaces its process by the plugin, so signals reach the plugin.
  const start = (args: readonly string[], kubeconfig: string) =>
    startProcess(...asCaller(cluster, ['kubeletaccess', ...args]), {
      env: environment(cluster, programFolder, kubeconfig),
    });
  const world: World = {
    title: cluster.version,
    minor: minorNumber(cluster.minor),
    ca,
    admin,
    api: openApi(apiServerUrl, { ...admin, ca }),
    denialCacheMs: 1000,
    server: apiServerUrl,
    start,
    tool: (args, as, env) => kubectl(['kubeletaccess', ...args], as, '', env),
    logs: () => kubectl(['logs', 'web']),
    applyDryRun: (yaml) => kubectl(['apply', '--dry-run=server', '-f', '-'], 'admin', yaml),
    kubelet: async (node) => ({
      host: nodeAddress(Number(node.replace('node-', ''))),
      port: 10250,
    }),
  };
  await startWeb(world);
  return world;
}

async function startWeb(world: World): Promise<void> {
  const script = 'echo hello from web; sleep 2147483647';
  const status = await startPod(world, { name: 'web', script, container: { name: 'web' } });
  // 409: an earlier suite has created the pod.
  if (status !== 201 && status !== 409) throw new Error(`the pod was not created: ${status}`);
}
