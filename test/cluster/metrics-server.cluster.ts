// Compares top with kubectl top. metrics-server reads the same kubelets.
import { setTimeout as sleep } from 'node:timers/promises';
import * as assert from 'uvu/assert';
import { dist } from '../../scripts/paths.ts';
import { parseQuantity } from '../../src/kubelet/bodies/quantity.ts';
import { suite } from '../kit/suite.ts';
import { waitFor } from '../kit/wait-for.ts';
import { adminApi } from './admin-api.ts';
import { withMetricsServer } from './agent-programs.ts';
import { currentCluster } from './current.ts';
import { startPod } from './start-pod.ts';
import { kubectlOf } from './world.ts';

const cluster = await currentCluster();
const api = adminApi(cluster);
const kubectl = kubectlOf(cluster, dist);
const group = 'metrics.k8s.io';
const apiServices = '/apis/apiregistration.k8s.io/v1/apiservices';
const services = '/api/v1/namespaces/kube-system/services';

type Resource = 'nodes' | 'pods';

/** CPU in millicores, and memory in bytes. */
interface Usage {
  readonly cpu: number;
  readonly memory: number;
  readonly cpuPercent?: number | undefined;
  readonly memoryPercent?: number | undefined;
}

type Usages = ReadonlyMap<string, Usage>;

interface Row {
  readonly node: string;
  readonly pod?: string;
  readonly cpuCores?: number;
  readonly workingSetBytes?: number;
  readonly cpuUsedPercent?: number;
  readonly memoryUsedPercent?: number;
}

/** Makes the API server send requests for metrics.k8s.io to this port of this machine. */
async function aggregate(port: number): Promise<void> {
  await api.call('POST', services, {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'metrics-server' },
    spec: { type: 'ExternalName', externalName: 'localhost' },
  });
  await api.call('POST', apiServices, {
    apiVersion: 'apiregistration.k8s.io/v1',
    kind: 'APIService',
    metadata: { name: `v1beta1.${group}` },
    spec: {
      ...{ group, version: 'v1beta1', groupPriorityMinimum: 100, versionPriority: 100 },
      service: { namespace: 'kube-system', name: 'metrics-server', port },
      insecureSkipTLSVerify: true,
    },
  });
}

async function forget(): Promise<void> {
  await api.send('DELETE', `${apiServices}/v1beta1.${group}`);
  await api.send('DELETE', `${services}/metrics-server`);
}

/** Returns rows by name; none while metrics-server has no metrics. */
async function kubectlTop(resource: Resource): Promise<Usages> {
  const { code, stdout } = await kubectl(['top', resource, '--no-headers']);
  const lines = code === 0 ? stdout.trim().split('\n') : [];
  return new Map(
    lines.map((line) => {
      const words = line.split(/ +/);
      const [cpuPercent, memoryPercent] = words
        .filter((word) => word.endsWith('%'))
        .map((word) => Number.parseInt(word, 10));
      return [
        words[0] ?? '',
        {
          cpu: Number.parseInt(words[1] ?? '', 10),
          memory: Number(parseQuantity(words.find((word) => word.endsWith('i')) ?? '')),
          cpuPercent,
          memoryPercent,
        },
      ];
    }),
  );
}

async function ourTop(resource: Resource): Promise<Usages> {
  const { code, stdout, stderr } = await kubectl(['kubeletaccess', 'top', resource, '-o', 'json']);
  assert.is(code, 0, stderr);
  const { items } = JSON.parse(stdout) as { readonly items: readonly Row[] };
  return new Map(
    items.map(({ node, pod, cpuCores, workingSetBytes, ...row }) => [
      pod ?? node,
      {
        cpu: Number(cpuCores) * 1000,
        memory: Number(workingSetBytes),
        cpuPercent: row.cpuUsedPercent,
        memoryPercent: row.memoryUsedPercent,
      },
    ]),
  );
}

/** Reads usage from both programs for 24 s, in which each program gets at least two samples. The newest usage comes last. */
async function readBoth(resource: Resource) {
  const ours: Usages[] = [];
  const theirs: Usages[] = [];
  for (let turn = 0; turn < 12; turn += 1) {
    const [one, other] = await Promise.all([ourTop(resource), kubectlTop(resource)]);
    ours.push(one);
    theirs.push(other);
    await sleep(2000);
  }
  return { ours, theirs };
}

/**
 * Checks that the last usage from kubectl is between the least and the greatest of ours. Allows 5 % and small differences by rounding and
 * load.
 */
function assertAmong({ ours, theirs }: Awaited<ReturnType<typeof readBoth>>, name: string): void {
  const rests = { cpu: 30, memory: 2 ** 20, cpuPercent: 1, memoryPercent: 1 };
  const shown = JSON.stringify([ours, theirs].map((all) => all.map((each) => each.get(name))));
  const last = theirs.at(-1)?.get(name);
  assert.ok(last, `${name}: ${shown}`);
  for (const key of ['cpu', 'memory', 'cpuPercent', 'memoryPercent'] as const) {
    const value = last[key];
    if (value === undefined) continue;
    const all = ours.map((each) => each.get(name)?.[key] ?? Number.NaN);
    const isAmong =
      value >= Math.min(...all) * 0.95 - rests[key] &&
      value <= Math.max(...all) * 1.05 + rests[key];
    assert.ok(isAmong, `${key} of ${name}: ${shown}`);
  }
}

suite(`top beside kubectl top, ${cluster.version}`, (test) => {
  test('prints the usage of nodes and pods that metrics-server measures', async () => {
    const script = 'x=$(head -c 30000000 /dev/zero | tr "\\0" a); while :; do sleep 0.01; done';
    await startPod({ api: api.send }, { name: 'steady', script });
    await forget();
    const compare = async ({ port }: { readonly port: number }) => {
      await aggregate(port);
      await waitFor('numbers of the pod from both programs', 120_000, async () => {
        const all = await Promise.all([kubectlTop('pods'), ourTop('pods')]);
        return all.every((usages) => Number(usages.get('steady')?.cpu) > 0);
      });
      const [nodes, pods] = await Promise.all([readBoth('nodes'), readBoth('pods')]);
      for (const node of cluster.nodes) {
        assert.ok(nodes.theirs.at(-1)?.get(node)?.memoryPercent, node);
        assertAmong(nodes, node);
      }
      assertAmong(pods, 'steady');
    };
    try {
      await withMetricsServer(cluster, cluster.kubeconfigs.admin, compare);
    } finally {
      await forget();
    }
  });
});
