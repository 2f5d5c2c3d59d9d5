import { certificateMetrics } from './certificate-metrics.ts';
import type { KubeletConfiguration } from './configz.ts';
import type { ContainerLog } from './container-log.ts';
import type { NodeLogs } from './node-logs.ts';

/** The pods of a node and the bodies of its responses. Tests may change them between requests. */
export interface NodeContents {
  /** Returns v1 Pods for `/pods`. */
  pods(): readonly unknown[];
  /** Returns the pods of the container runtime. */
  runtimePods(): readonly unknown[];
  /** Returns the body of `/stats/summary`. */
  summary(): string;
  /** Returns the body of `/metrics`, or of a path below it. */
  metrics(path: string): string;
  /** Fields of `/configz` that replace the usual ones. */
  readonly configuration: KubeletConfiguration;
  /** Returns undefined if the node has no such pod. */
  containersOf(namespace: string, pod: string): readonly string[] | undefined;
  /** Returns the log of a container, or of its previous instance. */
  log(container: ContainerPlace, previous: boolean): ContainerLog | undefined;
}

export interface ContainerPlace {
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
}

/** Two pods, of which `web` has a log; node-2 also has a larger maxPods and systemReserved. */
export function usualContents(node: string, minor: number, logs: NodeLogs): NodeContents {
  return {
    pods: () => pods(node),
    runtimePods: () => runtimePods(node),
    summary: () => summary(node),
    metrics: (path) => metrics(path, node, minor),
    configuration: node === 'node-2' ? { maxPods: 250, systemReserved: { memory: '1Gi' } } : {},
    containersOf: (_namespace, pod) => (pod === 'web' ? ['web', 'main'] : undefined),
    log: (_container, previous) => (previous ? undefined : logs.web),
  };
}

/** Like a pod of a DaemonSet, the second pod has another name on each node. */
const running = (node: string) => [
  { namespace: 'default', name: 'web', owner: 'StatefulSet', megabytes: 700, restartCount: 0 },
  {
    ...{ namespace: 'kube-system', name: `kube-proxy-${node}`, owner: 'DaemonSet' },
    ...{ megabytes: 20, restartCount: 2 },
  },
];

function pods(node: string): readonly unknown[] {
  return running(node).map(({ namespace, name, owner, restartCount }) => ({
    metadata: {
      namespace,
      name,
      uid: `${name}-uid`,
      annotations: { 'kubernetes.io/config.source': 'api' },
      ownerReferences: [{ kind: owner, name: name.replace(`-${node}`, ''), controller: true }],
    },
    spec: {
      nodeName: node,
      containers: [
        {
          name: 'main',
          resources: {
            requests: { 'ephemeral-storage': '100Mi' },
            limits: { 'ephemeral-storage': '1Gi' },
          },
        },
      ],
    },
    status: {
      phase: 'Running',
      podIP: '10.244.0.7',
      qosClass: 'BestEffort',
      containerStatuses: [
        {
          ...{ name: 'main', ready: true, started: true, restartCount },
          state: { running: { startedAt: '2026-01-01T00:00:00Z' } },
        },
      ],
    },
  }));
}

function runtimePods(node: string): readonly unknown[] {
  return running(node).map(({ namespace, name }) => ({
    metadata: { name, namespace, uid: `${name}-uid` },
    spec: { containers: [{ name: 'main', image: `sha256:${'0'.repeat(64)}`, resources: {} }] },
    status: {},
  }));
}

// The JSON is indented, because kubelets indent this response.
function summary(node: string): string {
  const gibibytes = (count: number) => count * 2 ** 30;
  const value = {
    node: {
      nodeName: node,
      cpu: { usageNanoCores: 73_000_000 },
      memory: { availableBytes: gibibytes(3), workingSetBytes: 402_653_184 },
      fs: {
        availableBytes: gibibytes(14),
        capacityBytes: gibibytes(50),
        usedBytes: gibibytes(36),
        inodesFree: 'HUGE',
      },
    },
    pods: running(node).map(({ namespace, name, megabytes }) => ({
      podRef: { namespace, name, uid: `${name}-uid` },
      cpu: { usageNanoCores: megabytes * 1_000_000 },
      memory: { workingSetBytes: 3 * megabytes * 2 ** 20 },
      'ephemeral-storage': { usedBytes: megabytes * 2 ** 20 },
      containers: [],
    })),
  };
  // CephFS can report this number, which JavaScript cannot represent.
  return JSON.stringify(value, null, 1).replace('"HUGE"', '18446744073709551615');
}

function metrics(pathname: string, node: string, minor: number): string {
  if (pathname === '/metrics/cadvisor') return cadvisor(node);
  if (pathname === '/metrics/probes') return probes(node);
  const feature =
    minor >= 33 ? 'kubernetes_feature_enabled{name="KubeletFineGrainedAuthz",stage=""} 1\n' : '';
  const own = pathname === '/metrics' ? certificateMetrics() : '';
  return `# TYPE sandbox_requests_total counter\nsandbox_requests_total{path="${pathname}",node="${node}"} 1\n${feature}${own}`;
}

/** Memory of the containers and pause containers of pods. */
function cadvisor(node: string): string {
  const samples = running(node).flatMap(({ namespace, name, megabytes }) =>
    [
      ['main', 3 * megabytes],
      ['', 3 * megabytes + 1],
    ].map(
      ([container, mebibytes]) =>
        `container_memory_working_set_bytes{container="${container}",namespace="${namespace}",pod="${name}"} ${(Number(mebibytes) * 2 ** 20).toExponential()}\n`,
    ),
  );
  return `# HELP container_memory_working_set_bytes Current working set in bytes.
# TYPE container_memory_working_set_bytes gauge
${samples.join('')}`;
}

/** Returns metrics of probes, which are slow on node-2. */
function probes(node: string): string {
  const bounds = ['0.005', '0.01', '0.025', '0.05', '0.1', '0.25', '+Inf'];
  const counts = node === 'node-2' ? [0, 2, 8, 20, 60, 95, 100] : [40, 70, 90, 100, 100, 100, 100];
  const name = 'prober_probe_duration_seconds';
  return running(node)
    .slice(0, 1)
    .map(({ namespace, name: pod }) => {
      const labels = `namespace="${namespace}",pod="${pod}",probe_type="Liveness"`;
      const buckets = bounds.map(
        (le, at) => `${name}_bucket{${labels},le="${le}"} ${counts[at]}\n`,
      );
      return `# HELP ${name} Duration in seconds for a probe response.
# TYPE ${name} histogram
${buckets.join('')}${name}_sum{${labels}} 1.5
${name}_count{${labels}} 100
`;
    })
    .join('');
}
