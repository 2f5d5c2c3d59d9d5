import type { View } from '../../src/text/column.ts';

/** A row with a value of each unit; any value may be absent. */
export interface NodeRow {
  readonly node: string | undefined;
  readonly zone: string | undefined;
  readonly ready: boolean | undefined;
  readonly cpuCores: number | undefined;
  readonly memoryBytes: number | bigint | undefined;
  readonly usedPercent: number | undefined;
  readonly receivedBytesPerSecond: number | undefined;
  readonly receivedBytes: number | bigint | undefined;
  readonly uptimeSeconds: number | undefined;
  readonly processes: number | bigint | undefined;
}

export const nodeView: View<NodeRow> = {
  kind: 'TestNodeList',
  columns: [
    { head: 'NODE', key: 'node', unit: 'text' },
    { head: 'ZONE', key: 'zone', unit: 'text', wide: true },
    {
      head: 'READY',
      key: 'ready',
      unit: 'count',
      metric: { name: 'node_ready', help: 'Whether the node is ready.' },
    },
    {
      head: 'CPU',
      key: 'cpuCores',
      unit: 'cores',
      summed: true,
      metric: { name: 'node_cpu_usage', help: 'Cores in use.' },
    },
    {
      head: 'MEMORY',
      key: 'memoryBytes',
      unit: 'bytes',
      summed: true,
      metric: { name: 'node_memory_working_set_bytes', help: 'Memory that cannot be evicted.' },
    },
    {
      head: 'USED',
      key: 'usedPercent',
      unit: 'percent',
      metric: { name: 'node_memory_used', help: 'Share of the memory, \\ and\nmore.' },
    },
    {
      head: 'RX',
      key: 'receivedBytesPerSecond',
      unit: 'bytesPerSecond',
      wide: true,
      metric: { name: 'node_network_receive', help: 'Bytes that arrive.' },
    },
    {
      head: 'RECEIVED',
      key: 'receivedBytes',
      unit: 'bytes',
      wide: true,
      metric: { name: 'node_network_received_bytes_total', help: 'Bytes that have arrived.' },
    },
    {
      head: 'UP',
      key: 'uptimeSeconds',
      unit: 'seconds',
      metric: { name: 'node_uptime', help: 'Time since the node started.' },
    },
    {
      head: 'PROCESSES',
      key: 'processes',
      unit: 'count',
      summed: true,
      metric: { name: 'node_processes', help: 'Processes of the node.' },
    },
  ],
};

export const noNode: NodeRow = {
  node: undefined,
  zone: undefined,
  ready: undefined,
  cpuCores: undefined,
  memoryBytes: undefined,
  usedPercent: undefined,
  receivedBytesPerSecond: undefined,
  receivedBytes: undefined,
  uptimeSeconds: undefined,
  processes: undefined,
};

export const nodeRows: readonly NodeRow[] = [
  {
    node: 'node-1',
    zone: 'a',
    ready: true,
    cpuCores: 0.25,
    memoryBytes: 1_288_490_188,
    usedPercent: 12,
    receivedBytesPerSecond: 1_258_291,
    receivedBytes: 9_007_199_254_740_993n,
    uptimeSeconds: 183_600,
    processes: 211,
  },
  { ...noNode, node: 'node-2', zone: '"b", \\', ready: false, cpuCores: 1.5 },
];
