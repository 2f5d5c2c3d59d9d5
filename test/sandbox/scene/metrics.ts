import { certificateMetrics } from '../certificate-metrics.ts';
import { secondsRun, wave } from './clock.ts';
import type { ScenePod } from './pods.ts';

type Labels = Readonly<Record<string, string>>;
type Sample = readonly [labels: Labels, value: number];

function series(name: string, labels: Labels, value: number): string {
  const pairs = Object.entries(labels).map(([key, text]) => `${key}="${text}"`);
  return `${name}${pairs.length > 0 ? `{${pairs.join(',')}}` : ''} ${value}\n`;
}

function family(name: string, type: string, help: string, samples: readonly Sample[]): string {
  const lines = samples.map(([labels, value]) => series(name, labels, value));
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join('')}`;
}

/** `parts` are the cumulative shares of requests below each bound. */
function histogram(
  name: string,
  help: string,
  perSecond: number,
  parts: Readonly<Record<string, number>>,
  all: readonly Labels[],
): string {
  const count = Math.floor(perSecond * secondsRun());
  // Sorts the bounds, because JavaScript puts whole numbers before all other keys of an object.
  const bounds = Object.entries(parts).sort(([a], [b]) => Number(a) - Number(b));
  const mean = bounds.reduce(
    (sum, [le, part], index) => sum + Number(le) * (part - (bounds[index - 1]?.[1] ?? 0)),
    0,
  );
  const lines = all.flatMap((labels) => [
    ...[...bounds, ['+Inf', 1] as const].map(([le, part]) =>
      series(`${name}_bucket`, { ...labels, le }, Math.floor(count * part)),
    ),
    series(`${name}_sum`, labels, Math.round(count * mean * 1000) / 1000),
    series(`${name}_count`, labels, count),
  ]);
  return `# HELP ${name} ${help}\n# TYPE ${name} histogram\n${lines.join('')}`;
}

const fast = { '0.005': 0.4, '0.01': 0.7, '0.025': 0.9, '0.1': 0.98, '0.5': 0.999 };
const slow = { '0.005': 0, '0.01': 0.02, '0.025': 0.2, '0.1': 0.7, '0.5': 0.97 };

interface MetricsRequest {
  readonly path: string;
  readonly node: string;
  readonly minor: number;
  readonly pods: readonly ScenePod[];
  /** Text of the request counter; may be empty. */
  readonly requests: string;
}

/** Returns metrics of a node of the demo. Requests to node-2 are slow, because its disk is nearly full. */
export function sceneMetrics({ path, node, minor, pods, requests }: MetricsRequest): string {
  const parts = node === 'node-2' ? slow : fast;
  const containers = pods.flatMap(({ namespace, name: pod, containers: each }) =>
    each.map((container) => ({
      labels: { container: container.name, namespace, pod },
      cpuSeconds: (container.cpuMillis / 1000) * secondsRun(),
      bytes: Math.round(
        container.memoryMebibytes * 2 ** 20 * (0.9 + wave(container.cpuMillis) / 10),
      ),
    })),
  );
  const total = (key: 'cpuSeconds' | 'bytes'): readonly Sample[] => [
    [{}, containers.reduce((sum, each) => sum + each[key], 0)],
  ];
  const usage = (more: Labels) => [
    family(
      'container_cpu_usage_seconds_total',
      'counter',
      'Cumulative cpu time consumed in seconds.',
      containers.map(({ labels, cpuSeconds }) => [{ ...labels, ...more }, cpuSeconds]),
    ),
    family(
      'container_memory_working_set_bytes',
      'gauge',
      'Current working set in bytes.',
      containers.map(({ labels, bytes }) => [labels, bytes]),
    ),
  ];
  switch (path) {
    case '/metrics/cadvisor': {
      const received = pods.flatMap(({ namespace, name: pod }) =>
        Object.entries({ eth0: 2100, lo: 12 }).map(
          ([name, rate]): Sample => [
            { interface: name, namespace, pod },
            Math.floor(rate * secondsRun()),
          ],
        ),
      );
      const help = 'Cumulative count of bytes received';
      return [
        ...usage({ cpu: 'total' }),
        family('container_network_receive_bytes_total', 'counter', help, received),
      ].join('');
    }
    case '/metrics/resource':
      return [
        family(
          'node_cpu_usage_seconds_total',
          'counter',
          'Cumulative cpu time consumed by the node in core-seconds',
          total('cpuSeconds'),
        ),
        family(
          'node_memory_working_set_bytes',
          'gauge',
          'Current working set of the node in bytes',
          total('bytes'),
        ),
        ...usage({}),
        family('resource_scrape_error', 'gauge', '1 if there was an error, 0 otherwise', [[{}, 0]]),
      ].join('');
    case '/metrics/probes':
      return histogram(
        'prober_probe_duration_seconds',
        'Duration in seconds for a probe response.',
        0.1,
        parts,
        pods.map(({ namespace, name: pod }) => ({ namespace, pod, probe_type: 'Liveness' })),
      );
    case '/metrics/slis':
      return family(
        'kubernetes_healthchecks_total',
        'counter',
        'This metric records the results of all healthcheck.',
        ['log', 'ping', 'syncloop'].map((name) => [
          { name, status: 'success', type: 'healthz' },
          Math.floor(secondsRun() / 10),
        ]),
      );
    default:
      return [
        family('kubelet_running_pods', 'gauge', 'Number of pods that have a running pod sandbox', [
          [{}, pods.length],
        ]),
        family('kubelet_running_containers', 'gauge', 'Number of containers currently running', [
          [{ container_state: 'running' }, containers.length],
        ]),
        family(
          'kubelet_runtime_operations_total',
          'counter',
          'Cumulative number of runtime operations by operation type.',
          [
            ['container_status', 2.3],
            ['list_podsandbox', 1.1],
            ['exec_sync', 0.2],
          ].map(([operation_type, rate]) => [
            { operation_type: String(operation_type) },
            Math.floor(Number(rate) * secondsRun()),
          ]),
        ),
        histogram(
          'kubelet_pod_start_duration_seconds',
          'Duration in seconds from kubelet seeing a pod for the first time to the pod starting to run',
          0.02,
          { '0.5': 0.1, '1': 0.4, '2': 0.8, '5': 0.95, '10': 0.99 },
          [{}],
        ),
        histogram(
          'kubelet_runtime_operations_duration_seconds',
          'Duration in seconds of runtime operations. Broken down by operation type.',
          1.7,
          parts,
          [{ operation_type: 'container_status' }, { operation_type: 'list_podsandbox' }],
        ),
        family(
          'kubernetes_feature_enabled',
          'gauge',
          'This metric records the data about the stage and enablement of a k8s feature.',
          [...(minor >= 33 ? [[{ name: 'KubeletFineGrainedAuthz', stage: '' }, 1] as const] : [])],
        ),
        path === '/metrics' ? requests : '',
        path === '/metrics'
          ? certificateMetrics(node === 'node-4' ? { clientDays: 9, renewalErrors: 2 } : {})
          : '',
      ].join('');
  }
}
