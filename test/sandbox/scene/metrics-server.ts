import { tellMetricsApi } from '../../kit/metrics-server.ts';
import { Authorizer } from '../authorizer.ts';
import type { Sandbox } from '../sandbox.ts';
import { podObject, sceneSummary } from './contents.ts';
import { podsOn, scenePods } from './pods.ts';

export const metricsServer = { namespace: 'kube-system', name: 'metrics-server' } as const;

/** A metrics-server that works while it has its permissions. */
export interface MetricsServer {
  readonly isReady: boolean;
  /** Returns whether its permissions, and so its readiness, have changed. */
  look(): boolean;
  /** Reads usage from kubelets if metrics-server is ready. */
  measure(): void;
}

/** @param answering nodes with a reachable kubelet */
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
    store.put('deployments', deployment(isReady));
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
    measure: () => {
      if (isReady) for (const node of answering) putUsage(store, node);
    },
  };
}

/** Returns the Deployment, which `kubectl logs deployment/metrics-server` reads. */
const deployment = (isReady: boolean) => {
  const labels = { 'k8s-app': 'metrics-server' };
  const pod = scenePods.find(({ serviceAccount }) => serviceAccount === metricsServer.name);
  const [ready, missing] = isReady ? [1, 0] : [0, 1];
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { ...metricsServer, labels },
    spec: {
      replicas: 1,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: pod && podObject(pod).spec },
    },
    status: {
      ...{ replicas: 1, updatedReplicas: 1, readyReplicas: ready },
      ...{ availableReplicas: ready, unavailableReplicas: missing },
    },
  };
};

interface Used {
  readonly cpu: { readonly usageNanoCores: number };
  readonly memory: { readonly workingSetBytes: number };
}

/** Formats usage with the rounding of metrics-server. */
const usage = ({ cpu, memory }: Used) => ({
  cpu: `${cpu.usageNanoCores}n`,
  memory: `${Math.round(memory.workingSetBytes / 1024)}Ki`,
});

function putUsage(store: Sandbox['store'], name: string): void {
  const apiVersion = 'metrics.k8s.io/v1beta1';
  const { node, pods } = sceneSummary(name);
  const when = { timestamp: node.cpu.time, window: '10s' };
  store.put('nodemetrics', {
    ...{ apiVersion, kind: 'NodeMetrics', metadata: { name } },
    ...{ ...when, usage: usage(node) },
  });
  const labels = new Map(
    podsOn(name).map((pod) => [`${pod.namespace}/${pod.name}`, { ...pod.labels }]),
  );
  for (const { podRef, containers } of pods)
    store.put('podmetrics', {
      ...{ apiVersion, kind: 'PodMetrics', ...when },
      metadata: {
        namespace: podRef.namespace,
        name: podRef.name,
        labels: labels.get(`${podRef.namespace}/${podRef.name}`) ?? {},
      },
      containers: containers.map((each) => ({ name: each.name, usage: usage(each) })),
    });
}
