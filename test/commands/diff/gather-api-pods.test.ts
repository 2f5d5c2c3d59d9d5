import * as assert from 'uvu/assert';
import { comparedPods } from '../../../src/commands/diff/compared-pods.ts';
import { compareWithApi } from '../../../src/commands/diff/gather-api-pods.ts';
import type { ApiServer } from '../../../src/kube/api-server/api-server.ts';
import { type Kind, kinds } from '../../../src/kube/api-server/kinds.ts';
import { mostBytesOfList, readPages, sizeOf } from '../../../src/kube/api-server/list-pages.ts';
import { suite } from '../../kit/suite.ts';

const nodeName = (index: number) =>
  `ip-10-0-${index >> 8}-${index & 255}.eu-central-1.compute.internal`;

const labels = Object.fromEntries(
  Array.from({ length: 25 }, (_, at) => [
    `topology.kubernetes.io/label-${at}-of-node`,
    `eu-central-1-value-${at}`,
  ]),
);

const nodeOf = (index: number) => ({
  metadata: { name: nodeName(index), labels },
  status: {
    addresses: ['InternalIP', 'InternalDNS', 'Hostname'].map((type) => ({
      type,
      address: nodeName(index),
    })),
    conditions: ['MemoryPressure', 'DiskPressure', 'PIDPressure', 'Ready'].map((type) => ({
      ...{ type, status: 'False', reason: 'KubeletHasSufficientMemory' },
      message: 'kubelet has sufficient memory available',
    })),
    daemonEndpoints: { kubeletEndpoint: { Port: 10250 } },
    nodeInfo: { kubeletVersion: 'v1.37.2', operatingSystem: 'linux' },
  },
});

const podOf = (index: number, node: string) => ({
  metadata: {
    name: `payments-service-api-7d9f8b6c5d-${index.toString(36).padStart(5, 'x')}`,
    namespace: 'production-payments',
    uid: `5639b96e-1f64-496f-91d5-${String(index).padStart(12, '0')}`,
    labels,
  },
  spec: { nodeName: node, containers: [{ name: 'c' }] },
  status: {
    phase: 'Running',
    containerStatuses: [{ name: 'c', ready: true, restartCount: 1, state: { running: {} } }],
  },
});

suite('pods in the API server', (test) => {
  test('fit into the memory limit in the largest cluster: 1% of its pods and nodes need at most 1% of the limit', async () => {
    const nodes = Array.from({ length: 50 }, (_, index) => nodeOf(index));
    const pods = Array.from({ length: 1500 }, (_, index) => podOf(index, nodeName(index % 50)));
    let size = 0;
    const list = async <T>(kind: Kind<T>, items: readonly unknown[]) => {
      const page = { kind: `${kind.kind}List`, apiVersion: 'v1', metadata: {}, items };
      const listed = await readPages('/x', kind, async () => page);
      for (const item of listed.items) size += sizeOf(item);
      return listed;
    };
    await list(kinds.Node, nodes);
    const apiServer = {
      listNoted: (_: string, kind: Kind<unknown>) => list(kind, pods),
    } as unknown as ApiServer;
    const comparison = compareWithApi(comparedPods);
    await comparison.begin(
      apiServer,
      nodes.map(({ metadata }) => metadata.name),
      undefined,
    );
    assert.ok(100 * size < 0.95 * mostBytesOfList, String(100 * size));
  });
});
