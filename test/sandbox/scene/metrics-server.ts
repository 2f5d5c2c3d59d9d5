import { tellMetricsApi } from '../../kit/metrics-server.ts';
import { Authorizer } from '../authorizer.ts';
import type { Sandbox } from '../sandbox.ts';

export const metricsServer = { namespace: 'kube-system', name: 'metrics-server' } as const;

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
    for (const node of answering) store.delete('nodemetrics', node);
    tellMetricsApi(store, isReady, isReady ? answering : []);
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
