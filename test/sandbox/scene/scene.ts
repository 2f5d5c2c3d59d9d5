import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { dump } from 'js-yaml';
import type { PolicyRule } from '../../../src/objects.ts';
import { exampleAuditLog } from '../../kit/example-audit-log.ts';
import { account, binding, put, role, rule, serviceAccount } from '../../kit/rbac.ts';
import { usualConfiguration } from '../configz.ts';
import type { NodeLogs } from '../node-logs.ts';
import { podWithPorts } from '../port-forward.ts';
import { type Sandbox, startSandbox } from '../sandbox.ts';
import { type SandboxWorld, worldOf } from '../world.ts';
import { podObject, podStatus, sceneContents } from './contents.ts';
import { beginLife, type Life, startBeats, startWebPage } from './life.ts';
import { type MetricsServer, metricsServer, openMetricsServer } from './metrics-server.ts';
import { podsOn, type ScenePod, scenePods } from './pods.ts';
import { sceneShell } from './shell.ts';

export interface SceneOptions {
  readonly minor: number;
  /** Number of healthy nodes in place of the five nodes with faults. */
  readonly nodes?: number | undefined;
}

export interface Scene extends SandboxWorld {
  readonly sandbox: Sandbox;
  readonly nodes: number;
  /** A folder with the files that examples in help use: `chart.yaml`, `audit.log` and `kubelet.log`. */
  readonly folder: string;
  /** Environment of kubectl and the plugin. kubectl's cache is outside of the home directory. */
  readonly env: Readonly<Record<'KUBECONFIG' | 'KUBECACHEDIR', string>>;
}

/**
 * Starts the cluster of the demo. The disk of node-2 is nearly full, node-3 has a self-signed serving certificate, the certificate of
 * node-4 expires soon, and the kubelet of node-5 is stopped. Logs and usage change all the time.
 */
export async function startScene({ minor, nodes }: SceneOptions): Promise<Scene> {
  const page = await startWebPage();
  const lives = new Map<string, Life>();
  let server: MetricsServer | undefined;
  const isReady = ({ serviceAccount }: ScenePod) =>
    serviceAccount !== metricsServer.name || server?.isReady === true;
  const lifeOf = (node: string, logs: NodeLogs) => {
    const key = nodes === undefined ? node : 'node-1';
    const life = lives.get(key) ?? beginLife(key, logs, isReady);
    lives.set(key, life);
    return life;
  };
  const sandbox = await startSandbox({
    minor,
    contentsOf: (node, logs) => {
      const { logOf } = lifeOf(node, logs);
      logs.hasRequests = true;
      return sceneContents({ node, minor, logs, logOf, isReady });
    },
    streams: {
      ...sceneShell((place) =>
        [...lives.values()].map((life) => life.logOf(place, false)).find(Boolean),
      ),
      port: podWithPorts(new Map([[80, page.port]])),
    },
    ...(nodes === undefined
      ? { nodes: ['none', 'none', 'self-signed', 'expires-soon', ['stopped', 'not-ready']] }
      : { fleet: { nodes, digits: 1 } }),
  });
  fillStore(sandbox);
  const names = sandbox.kubelets.map(({ name }) => name);
  const broken = nodes === undefined ? ['node-3', 'node-5'] : [];
  server = openMetricsServer(
    sandbox,
    names.filter((name) => !broken.includes(name)),
  );
  for (const name of names) putPods(sandbox, name, isReady);
  const stopBeats = startBeats([...lives.values()], () => {
    if (server?.look()) putPods(sandbox, 'node-1', isReady);
    server?.measure();
  });
  const world = worldOf(sandbox);
  return {
    ...world,
    sandbox,
    nodes: names.length,
    folder: writeExampleFiles(sandbox.directory),
    env: { KUBECONFIG: world.kubeconfig, KUBECACHEDIR: join(sandbox.directory, 'kubectl-cache') },
    stop: async () => {
      stopBeats();
      await Promise.all([world.stop(), page.stop()]);
    },
  };
}

function writeExampleFiles(directory: string): string {
  const folder = join(directory, 'examples');
  mkdirSync(folder);
  const chart = bindingOf('monitoring', 'prometheus', 'prometheus', prometheusRules);
  const files = {
    'chart.yaml': [
      ...chart,
      ...scenePods.filter(({ serviceAccount }) => serviceAccount === 'prometheus').map(podObject),
    ]
      .map((object) => JSON.stringify(object, undefined, 2))
      .join('\n---\n'),
    'audit.log': exampleAuditLog(),
    'kubelet.log': 'error: unable to upgrade connection: Unauthorized\n',
  };
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return folder;
}

/** More permissions than Prometheus needs, because it only reads metrics of kubelets. */
const prometheusRules = [
  rule('nodes,nodes/metrics,nodes/proxy,services,endpoints,pods', 'get,list,watch'),
  { nonResourceURLs: ['/metrics'], verbs: ['get'] },
];

/** Stores the current pods of a node. */
function putPods({ store }: Sandbox, node: string, isReady: (pod: ScenePod) => boolean): void {
  for (const pod of podsOn(node))
    if (pod.source !== 'orphan') store.put('pods', apiPod(pod, isReady(pod)));
}

function fillStore(sandbox: Sandbox): void {
  const { store, kubelets, minor } = sandbox;
  // The scene has its own pod of this name.
  store.delete('pods', 'default/web');
  for (const { name } of kubelets) {
    const node = store.get('nodes', name);
    if (!node) continue;
    const role = name === 'node-1' ? 'control-plane' : 'worker';
    const pool = name === 'node-1' ? 'a' : 'b';
    const labels = { ...node.metadata.labels, pool, [`node-role.kubernetes.io/${role}`]: '' };
    const capacity = { cpu: '4', memory: '8Gi', pods: '110' };
    store.put('nodes', {
      ...node,
      metadata: { ...node.metadata, labels },
      status: { ...(node['status'] as object), capacity, allocatable: capacity },
    });
  }
  put(
    sandbox,
    serviceAccount('metrics-server', 'kube-system'),
    serviceAccount('prometheus', 'monitoring'),
  );
  const head = { apiVersion: 'kubelet.config.k8s.io/v1beta1', kind: 'KubeletConfiguration' };
  // The kubelet configuration that kubeadm stores. The maxPods of one node differs from it.
  const baseline = { ...head, ...usualConfiguration(minor), maxPods: 110 };
  store.put('configmaps', {
    ...{ apiVersion: 'v1', kind: 'ConfigMap', data: { kubelet: dump(baseline) } },
    metadata: { namespace: 'kube-system', name: 'kubelet-config' },
  });
  // Without nodes/metrics, metrics-server cannot read kubelets.
  const rules = [rule('pods,nodes', 'get,list,watch')];
  put(
    sandbox,
    ...bindingOf('kube-system', 'metrics-server', 'system:metrics-server', rules),
    ...bindingOf('monitoring', 'prometheus', 'prometheus', prometheusRules),
  );
}

/** A mirror pod has the uid of its static pod. */
function apiPod(pod: ScenePod, isReady: boolean) {
  const object = podObject(pod);
  const annotations =
    pod.source === 'static'
      ? { ...object.metadata.annotations, 'kubernetes.io/config.mirror': object.metadata.uid }
      : object.metadata.annotations;
  return {
    ...object,
    metadata: { ...object.metadata, annotations },
    status: podStatus(pod, isReady),
  };
}

/** The ClusterRole and the ClusterRoleBinding have the same name. */
function bindingOf(
  namespace: string,
  accountName: string,
  name: string,
  rules: readonly PolicyRule[],
) {
  return [role(name, rules), binding(name, name, [account(accountName, namespace)])] as const;
}
