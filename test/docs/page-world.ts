import { kubeletApiAdmin } from '../../scripts/docs/profiles.ts';
import { installMetricsServer } from '../kit/metrics-server.ts';
import { account, binding, put, role, rule, serviceAccount } from '../kit/rbac.ts';
import type { Fault } from '../sandbox/faults.ts';
import { type NodeContents, usualContents } from '../sandbox/node-contents.ts';
import { createNodeLogs, type NodeLogs } from '../sandbox/node-logs.ts';
import { logCall, requestCounters } from '../sandbox/request-log.ts';
import { type Sandbox, startSandbox } from '../sandbox/sandbox.ts';
import { stillContents } from '../sandbox/scene/still.ts';
import type { StoredObject } from '../sandbox/store.ts';
import { type SandboxWorld, worldOf } from '../sandbox/world.ts';

/** Parts that can be added to a cluster, by the name that a comment of a page uses. */
const parts: Readonly<Record<string, (sandbox: Sandbox) => unknown>> = {
  kubeadm: (sandbox) => put(sandbox, role('system:kubelet-api-admin', kubeletApiAdmin)),
  'metrics-server': (sandbox) => installMetricsServer(sandbox),
  prometheus: installPrometheus,
  callers: putCallers,
  workloads: fillNodes,
  'self-signed': () => {},
  'no API server': ({ apiServer }) => apiServer.stop(),
};

/**
 * Starts the cluster for the examples of a page. It has two nodes, and what a comment in the page adds, such as
 * `<!-- cluster: kubeadm -->` or `<!-- cluster: metrics-server, node-2 self-signed -->`.
 */
export async function pageWorld(page: string): Promise<SandboxWorld> {
  const [, list = ''] = /^<!-- cluster: (.*) -->$/m.exec(page) ?? [];
  const words = list.split(', ').filter((word) => word !== '');
  const isSelfSigned = words.includes('self-signed');
  const nodes: Fault[] = isSelfSigned ? ['self-signed', 'self-signed'] : ['none', 'none'];
  for (const word of words) {
    const [, number, fault] = /^node-([12]) ([\w-]+)$/.exec(word) ?? [];
    if (fault !== undefined) nodes[Number(number) - 1] = fault as Fault;
    else if (!parts[word]) throw new Error(`no cluster has ${word}`);
  }
  const sandbox = await startSandbox({
    minor: 37,
    nodes,
    // As kubeadm, which gives kube-apiserver no CA for kubelets.
    verifyKubelets: !isSelfSigned,
    ...(words.includes('callers') && { contentsOf: calledContents }),
    ...(words.includes('workloads') && { contentsOf: stillContents }),
    ...(words.includes('kubeadm') && { kubeletClient: 'kube-apiserver-kubelet-client' }),
  });
  const world = worldOf(sandbox);
  for (const word of words) await parts[word]?.(sandbox);
  return world;
}

/** Makes nodes on which the pods of the demo fit. Each has an entry in its journal. */
function fillNodes(sandbox: Sandbox): void {
  const capacity = { cpu: '4', memory: '8Gi', pods: '110' };
  for (const { name, logs } of sandbox.kubelets) {
    const message = 'E0801 09:59:30.114020 901 kubelet.go:2412] "Skipping pod synchronization"';
    const atUs = Date.UTC(2026, 7, 1, 9, 59, 30) * 1000;
    logs.journal.push({ atUs, unit: 'kubelet', message, hostname: name });
    const node = sandbox.store.get('nodes', name) as StoredObject;
    const status = { ...(node['status'] as object), capacity, allocatable: capacity };
    put(sandbox, { ...node, status });
  }
}

/** Installs Prometheus with custom jobs, and with the role that its chart had until 2026. */
function installPrometheus(sandbox: Sandbox): void {
  put(
    sandbox,
    role('prometheus', [
      rule('nodes,nodes/proxy,nodes/metrics,services,endpoints,pods', 'get,list,watch'),
    ]),
    binding('prometheus', 'prometheus', [account('prometheus', 'monitoring')]),
    serviceAccount('prometheus', 'monitoring'),
    {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: {
        name: 'prometheus-0',
        namespace: 'monitoring',
        labels: { 'app.kubernetes.io/name': 'prometheus' },
      },
      spec: {
        serviceAccountName: 'prometheus',
        nodeName: 'node-1',
        containers: [{ name: 'prometheus', image: 'quay.io/prometheus/prometheus:v3.5.0' }],
      },
      status: { conditions: [{ type: 'Ready', status: 'True' }] },
    },
  );
}

const callers = [
  { name: 'prometheus', ip: '10.244.1.7', label: 'prometheus', userAgent: 'Prometheus/3.5.0' },
  { name: 'inventory', ip: '10.244.2.9', label: 'inventory', userAgent: 'python-requests/2.32.3' },
] as const;

function putCallers(sandbox: Sandbox): void {
  const pods = callers.map(({ name, ip, label }) => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: `${name}-0`,
      namespace: 'monitoring',
      labels: { 'app.kubernetes.io/name': label },
    },
    spec: {
      serviceAccountName: name,
      containers: [{ name, image: `example.com/monitoring/${name}:1.0` }],
    },
    status: { phase: 'Running', podIP: ip, podIPs: [{ ip }] },
  }));
  put(sandbox, ...pods);
}

/** Returns contents of a kubelet that counts requests of `callers` each time its metrics are read. node-2 does not log requests. */
function calledContents(node: string, logs: NodeLogs): NodeContents {
  const usual = usualContents(node, 37, logs);
  const counted = createNodeLogs(logs.folder, 'counted');
  logs.hasRequests = node !== 'node-2';
  logs.journal.push({ atUs: 0, unit: 'kubelet', message: 'Started kubelet' });
  const reading = { method: 'GET', uri: '/metrics', userAgent: '', host: '', status: 200 };
  const calls = callers.flatMap(({ ip: host, userAgent, name }) => {
    const call = { method: 'GET', userAgent, host, status: 200 };
    if (name === 'prometheus')
      return ['/metrics', '/metrics/cadvisor'].map((uri) => ({ ...call, uri }));
    return Array.from({ length: 6 }, () => ({ ...call, uri: '/pods' }));
  });
  return {
    ...usual,
    metrics: (path) => {
      logCall(counted, node, reading);
      for (const call of calls) {
        logCall(counted, node, call);
        if (logs.hasRequests) logCall(logs, node, call);
      }
      return `${usual.metrics(path)}${path === '/metrics' ? requestCounters(counted) : ''}`;
    },
  };
}
