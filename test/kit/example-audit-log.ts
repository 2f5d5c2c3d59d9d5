import {
  type Caller,
  otherEvent,
  requestEvents,
  reviewEvent,
} from '../kubelet/audit-log/events.ts';

const startMs = Date.UTC(2026, 10, 27, 21, 50);
const minute = 60_000;

const account = (namespace: string, name: string): Caller => ({
  user: `system:serviceaccount:${namespace}:${name}`,
  groups: ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, 'system:authenticated'],
});
const onOwnNode = (caller: Caller, node: string): Caller => ({
  ...caller,
  extra: { 'authentication.kubernetes.io/node-name': [node] },
});

const agent = account('monitoring', 'agent');
const metrics = account('kube-system', 'metrics-server');
const shipper = account('logging', 'shipper');
const kubeletClient: Caller = { user: 'Kubernetes', groups: ['system:authenticated'] };
const agentBinding = ['agent', 'agent'] as const;
const shipperBinding = ['shipper', 'shipper'] as const;
const metricsBinding = ['system:metrics-server', 'system:metrics-server'] as const;
const clientBinding = ['system:kube-apiserver', 'system:kube-apiserver-to-kubelet'] as const;

/**
 * Two agents use nodes/proxy, one for /pods and one for logs. metrics-server reads metrics, and jane reads stats through the API server.
 */
export function exampleAuditLog(): string {
  const events: readonly object[] = [
    otherEvent(startMs),
    ...['node-1', 'node-2'].flatMap((node, index) => {
      const atMs = startMs + minute + index * 100;
      const own = onOwnNode(agent, node);
      return [
        reviewEvent({ atMs, node, caller: own, subresource: 'pods', allowed: false }),
        reviewEvent({
          ...{ atMs: atMs + 2, node, caller: own, subresource: 'proxy', allowed: true },
          by: agentBinding,
        }),
        reviewEvent({
          ...{ atMs: atMs + 5, node, caller: metrics, subresource: 'metrics', allowed: true },
          by: metricsBinding,
        }),
        reviewEvent({
          ...{ atMs: atMs + 31_000, node, caller: own, subresource: 'pods', allowed: false },
        }),
      ];
    }),
    reviewEvent({
      ...{ atMs: startMs + 3 * minute, node: 'node-2', caller: onOwnNode(shipper, 'node-2') },
      ...{ subresource: 'proxy', allowed: true, by: shipperBinding },
    }),
    ...requestEvents({
      ...{ atMs: startMs + 4 * minute, node: 'node-1', caller: { user: 'jane' } },
      ...{ path: '/stats/summary', allowed: true, by: ['readers', 'readers'] },
    }),
    reviewEvent({
      ...{ atMs: startMs + 4 * minute, node: 'node-1', caller: kubeletClient },
      ...{ subresource: 'stats', allowed: true, by: clientBinding },
    }),
  ];
  return events.map((event) => `${JSON.stringify(event)}\n`).join('');
}
