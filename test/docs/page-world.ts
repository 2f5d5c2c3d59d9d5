import { kubeletApiAdmin } from '../../scripts/docs/profiles.ts';
import { installMetricsServer } from '../kit/metrics-server.ts';
import { account, binding, put, role, rule, serviceAccount } from '../kit/rbac.ts';
import type { Fault } from '../sandbox/faults.ts';
import { type Sandbox, startSandbox } from '../sandbox/sandbox.ts';
import { type SandboxWorld, worldOf } from '../sandbox/world.ts';

/** What a page asks for by name. */
const parts: Readonly<Record<string, (sandbox: Sandbox) => unknown>> = {
  kubeadm: (sandbox) => put(sandbox, role('system:kubelet-api-admin', kubeletApiAdmin)),
  'metrics-server': (sandbox) => installMetricsServer(sandbox),
  prometheus: installPrometheus,
  'no API server': ({ apiServer }) => apiServer.stop(),
};

/**
 * The cluster for the examples of a page: two nodes, or what its comment asks for, such as
 * `<!-- cluster: kubeadm -->` or `<!-- cluster: metrics-server, node-2 self-signed -->`.
 */
export async function pageWorld(page: string): Promise<SandboxWorld> {
  const [, list = ''] = /^<!-- cluster: (.*) -->$/m.exec(page) ?? [];
  const words = list.split(', ').filter((word) => word !== '');
  const nodes: Fault[] = ['none', 'none'];
  for (const word of words) {
    const [, number, fault] = /^node-([12]) ([\w-]+)$/.exec(word) ?? [];
    if (fault !== undefined) nodes[Number(number) - 1] = fault as Fault;
    else if (!parts[word]) throw new Error(`no cluster has ${word}`);
  }
  const sandbox = await startSandbox({
    minor: 37,
    nodes,
    ...(words.includes('kubeadm') && { kubeletClient: 'kube-apiserver-kubelet-client' }),
  });
  const world = worldOf(sandbox);
  for (const word of words) await parts[word]?.(sandbox);
  return world;
}

/** Prometheus with the role that its chart had until 2026, and jobs of its own. */
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
