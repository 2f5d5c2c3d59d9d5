import { Authorizer } from '../authorizer.ts';
import type { Sandbox } from '../sandbox.ts';

export const metricsServer = { namespace: 'kube-system', name: 'metrics-server' } as const;

const apiService = 'v1beta1.metrics.k8s.io';

/** metrics-server works once kubelets allow it to read their metrics: what the cluster says of it follows its permissions. */
export interface MetricsServer {
  readonly isReady: boolean;
  /** Looks at its permissions. Returns whether that changed anything. */
  look(): boolean;
}

/** @param answering the nodes whose kubelets it reaches */
export function openMetricsServer({ store }: Sandbox, answering: readonly string[]): MetricsServer {
  const authorizer = new Authorizer(store);
  const { namespace, name } = metricsServer;
  const who = {
    user: `system:serviceaccount:${namespace}:${name}`,
    groups: [
      'system:serviceaccounts',
      `system:serviceaccounts:${namespace}`,
      'system:authenticated',
    ],
  };
  const wanted = { verb: 'get', apiGroup: '', resource: 'nodes/metrics', name: '' };
  const tell = (isReady: boolean) => {
    store.put('apiservices', {
      apiVersion: 'apiregistration.k8s.io/v1',
      kind: 'APIService',
      metadata: { name: apiService },
      status: {
        conditions: [
          isReady
            ? { type: 'Available', status: 'True', reason: 'Passed', message: 'all checks passed' }
            : {
                ...{ type: 'Available', status: 'False', reason: 'MissingEndpoints' },
                message:
                  'endpoints for service/metrics-server in "kube-system" have no addresses with port name "https"',
              },
        ],
      },
    });
    for (const node of answering)
      if (isReady)
        store.put('nodemetrics', {
          apiVersion: 'metrics.k8s.io/v1beta1',
          kind: 'NodeMetrics',
          metadata: { name: node },
        });
      else store.delete('nodemetrics', node);
  };
  let isReady = false;
  tell(isReady);
  return {
    get isReady() {
      return isReady;
    },
    look: () => {
      const { allowed } = authorizer.authorize(who, wanted);
      if (allowed === isReady) return false;
      isReady = allowed;
      tell(isReady);
      return true;
    },
  };
}
