import type { StoredObject } from './store.ts';

export interface NodeObject extends StoredObject {
  readonly spec: Readonly<Record<string, unknown>>;
  readonly status: {
    readonly addresses: readonly { readonly type: string; readonly address: string }[];
    readonly conditions: readonly { readonly type: string; readonly status: string }[];
    readonly daemonEndpoints: { readonly kubeletEndpoint: { readonly Port: number } };
    readonly nodeInfo: Readonly<Record<string, string>>;
    readonly capacity: Readonly<Record<string, string>>;
    readonly allocatable: Readonly<Record<string, string>>;
  };
}

const versions: Readonly<Record<number, string>> = { 31: 'v1.31.14', 37: 'v1.37.2' };

const conditions = [
  [
    'MemoryPressure',
    'False',
    'KubeletHasSufficientMemory',
    'kubelet has sufficient memory available',
  ],
  ['DiskPressure', 'False', 'KubeletHasNoDiskPressure', 'kubelet has no disk pressure'],
  ['PIDPressure', 'False', 'KubeletHasSufficientPID', 'kubelet has sufficient PID available'],
  ['Ready', 'True', 'KubeletReady', 'kubelet is posting ready status'],
] as const;

/** The Node object of a healthy node, as its kubelet updates it. */
export function nodeObject(
  { name, host, port }: { readonly name: string; readonly host: string; readonly port: number },
  minor: number,
): NodeObject {
  const now = new Date().toISOString().replace(/\.\d+/, '');
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name, labels: { 'kubernetes.io/hostname': name, 'kubernetes.io/os': 'linux' } },
    spec: {},
    status: {
      addresses: [
        { type: 'InternalIP', address: host },
        { type: 'Hostname', address: name },
      ],
      conditions: conditions.map(([type, status, reason, message]) => ({
        type,
        status,
        reason,
        message,
        lastHeartbeatTime: now,
        lastTransitionTime: now,
      })),
      daemonEndpoints: { kubeletEndpoint: { Port: port } },
      capacity: { cpu: '4', memory: '8388608Ki', pods: '110' },
      allocatable: { cpu: '3920m', memory: '7864320Ki', pods: '110' },
      nodeInfo: {
        kubeletVersion: versions[minor] ?? `v1.${minor}.0`,
        operatingSystem: 'linux',
        architecture: 'amd64',
      },
    },
  };
}
