import type { Sandbox } from '../sandbox/sandbox.ts';

const labels = { 'k8s-app': 'metrics-server' };

interface Installed {
  readonly args?: readonly string[];
  readonly ready?: boolean;
  readonly available?: boolean;
  readonly ageMs?: number;
  readonly nodes?: readonly string[];
  /** Version of metrics.k8s.io. */
  readonly version?: string;
  /** Source of the volume at /ca. */
  readonly ca?: Readonly<Record<string, unknown>>;
}

/** Installs the objects of the manifests of metrics-server, with its APIService. */
export function installMetricsServer(
  { store }: Sandbox,
  {
    args = [],
    ready = true,
    available = true,
    ageMs = 3_600_000,
    nodes,
    ca,
    version,
  }: Installed = {},
): void {
  store.put('serviceaccounts', {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { name: 'metrics-server', namespace: 'kube-system' },
  });
  store.put('pods', {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'metrics-server-1', namespace: 'kube-system', labels },
    spec: {
      serviceAccountName: 'metrics-server',
      nodeName: 'node-1',
      containers: [
        {
          name: 'metrics-server',
          image: 'registry.k8s.io/metrics-server/metrics-server:v0.8.1',
          args,
          ...(ca && { volumeMounts: [{ name: 'ca', mountPath: '/ca' }] }),
        },
      ],
      ...(ca && { volumes: [{ name: 'ca', ...ca }] }),
    },
    status: {
      startTime: new Date(Date.now() - ageMs).toISOString(),
      conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }],
    },
  });
  tellMetricsApi(store, available, nodes ?? ['node-1', 'node-2'], version);
}

export function tellMetricsApi(
  store: Sandbox['store'],
  available: boolean,
  nodes: readonly string[],
  version = 'v1beta1',
): void {
  store.put('apiservices', {
    apiVersion: 'apiregistration.k8s.io/v1',
    kind: 'APIService',
    metadata: { name: `${version}.metrics.k8s.io` },
    status: {
      conditions: [
        available
          ? { type: 'Available', status: 'True', reason: 'Passed', message: 'all checks passed' }
          : {
              ...{ type: 'Available', status: 'False', reason: 'MissingEndpoints' },
              message: 'endpoints for service/metrics-server in "kube-system" have no addresses',
            },
      ],
    },
  });
  for (const name of nodes)
    store.put('nodemetrics', {
      apiVersion: `metrics.k8s.io/${version}`,
      kind: 'NodeMetrics',
      metadata: { name },
    });
}
