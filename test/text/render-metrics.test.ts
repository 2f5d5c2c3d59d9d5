import * as assert from 'uvu/assert';
import type { View } from '../../src/text/column.ts';
import { metricParts } from '../../src/text/render-metrics.ts';
import { suite } from '../kit/suite.ts';
import { nodeRows, nodeView } from './view-of-nodes.ts';

interface Pod {
  readonly pod: string;
  readonly owner: string | undefined;
  readonly status: string;
  readonly cpu: number;
}

const text = [...metricParts(nodeView, nodeRows)].join('');

suite('rows as metrics of Prometheus', (test) => {
  test('have names with units, labels from texts, and no samples of absent values', () => {
    assert.is(
      text,
      String.raw`# HELP kubeletaccess_node_ready Whether the node is ready.
# TYPE kubeletaccess_node_ready gauge
kubeletaccess_node_ready{node="node-1",zone="a"} 1
kubeletaccess_node_ready{node="node-2",zone="\"b\", \\"} 0
# HELP kubeletaccess_node_cpu_usage_cores Cores in use.
# TYPE kubeletaccess_node_cpu_usage_cores gauge
kubeletaccess_node_cpu_usage_cores{node="node-1",zone="a"} 0.25
kubeletaccess_node_cpu_usage_cores{node="node-2",zone="\"b\", \\"} 1.5
# HELP kubeletaccess_node_memory_working_set_bytes Memory that cannot be evicted.
# TYPE kubeletaccess_node_memory_working_set_bytes gauge
kubeletaccess_node_memory_working_set_bytes{node="node-1",zone="a"} 1288490188
# HELP kubeletaccess_node_memory_used_ratio Share of the memory, \\ and\nmore.
# TYPE kubeletaccess_node_memory_used_ratio gauge
kubeletaccess_node_memory_used_ratio{node="node-1",zone="a"} 0.12
# HELP kubeletaccess_node_network_receive_bytes_per_second Bytes that arrive.
# TYPE kubeletaccess_node_network_receive_bytes_per_second gauge
kubeletaccess_node_network_receive_bytes_per_second{node="node-1",zone="a"} 1258291
# HELP kubeletaccess_node_network_received_bytes_total Bytes that have arrived.
# TYPE kubeletaccess_node_network_received_bytes_total counter
kubeletaccess_node_network_received_bytes_total{node="node-1",zone="a"} 9007199254740993
# HELP kubeletaccess_node_uptime_seconds Time since the node started.
# TYPE kubeletaccess_node_uptime_seconds gauge
kubeletaccess_node_uptime_seconds{node="node-1",zone="a"} 183600
# HELP kubeletaccess_node_processes Processes of the node.
# TYPE kubeletaccess_node_processes gauge
kubeletaccess_node_processes{node="node-1",zone="a"} 211
`,
    );
  });

  test('have only the sample of the first row if several rows have the same labels', () => {
    const again = nodeRows.map((row) => ({ ...row, cpuCores: 99 }));
    assert.is([...metricParts(nodeView, [...nodeRows, ...again])].join(''), text);
  });

  test('have texts that do not identify a row only in a separate metric', () => {
    const columns: View<Pod>['columns'] = [
      { head: 'POD', key: 'pod', unit: 'text' },
      { head: 'OWNER', key: 'owner', unit: 'text', role: 'label' },
      { head: 'STATUS', key: 'status', unit: 'text', role: 'volatile' },
      { head: 'CPU', key: 'cpu', unit: 'cores', metric: { name: 'pod_cpu', help: 'CPU.' } },
    ];
    const info = { name: 'pod_owner', help: 'Its owner.' };
    const rows: readonly Pod[] = [
      { pod: 'a', owner: 'Job/a', status: 'Running', cpu: 1 },
      { pod: 'b', owner: undefined, status: 'Pending', cpu: 2 },
    ];
    assert.is(
      [...metricParts({ columns, info }, rows)].join(''),
      `# HELP kubeletaccess_pod_cpu_cores CPU.
# TYPE kubeletaccess_pod_cpu_cores gauge
kubeletaccess_pod_cpu_cores{pod="a"} 1
kubeletaccess_pod_cpu_cores{pod="b"} 2
# HELP kubeletaccess_pod_owner Its owner.
# TYPE kubeletaccess_pod_owner gauge
kubeletaccess_pod_owner{pod="a",owner="Job/a"} 1
`,
    );
  });

  test('are empty if there are no rows', () => {
    assert.is([...metricParts(nodeView, [])].join(''), '');
  });
});
