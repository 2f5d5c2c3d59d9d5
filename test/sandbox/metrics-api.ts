import type { Store } from './store.ts';

const apiGroup = 'metrics.k8s.io';
export const metricsVersion = `${apiGroup}/v1beta1`;

/** Whether metrics.k8s.io has an APIService, even one that is not available. */
export function hasMetricsApi(store: Store): boolean {
  return store.get('apiservices', `v1beta1.${apiGroup}`) !== undefined;
}

/** Returns the discovery document of metrics.k8s.io, which is served even while metrics-server is unavailable. */
export function metricsDiscovery(path: string): unknown {
  if (path !== `/apis/${metricsVersion}`) return undefined;
  const resource = (name: string, kind: string, namespaced: boolean) => ({
    ...{ name, singularName: '', kind, namespaced, verbs: ['get', 'list'] },
  });
  return {
    kind: 'APIResourceList',
    groupVersion: metricsVersion,
    resources: [resource('nodes', 'NodeMetrics', false), resource('pods', 'PodMetrics', true)],
  };
}

export const metricsGroup: {
  readonly name: string;
  readonly versions: { groupVersion: string; version: string }[];
  readonly preferredVersion: { groupVersion: string; version: string };
} = {
  name: apiGroup,
  versions: [{ groupVersion: metricsVersion, version: 'v1beta1' }],
  preferredVersion: { groupVersion: metricsVersion, version: 'v1beta1' },
};

export function isMetricsApiAvailable(store: Store): boolean {
  const { status } = store.get('apiservices', `v1beta1.${apiGroup}`) as unknown as {
    readonly status: { readonly conditions: readonly { type: string; status: string }[] };
  };
  return status.conditions.some((each) => each.type === 'Available' && each.status === 'True');
}
