import type { Store } from './store.ts';

const apiGroup = 'metrics.k8s.io';
export const metricsVersion = `${apiGroup}/v1beta1`;

/** Whether metrics.k8s.io has an APIService, even one that is not available. */
export function hasMetricsApi(store: Store): boolean {
  return store.get('apiservices', `v1beta1.${apiGroup}`) !== undefined;
}

export function isMetricsApiAvailable(store: Store): boolean {
  const { status } = store.get('apiservices', `v1beta1.${apiGroup}`) as unknown as {
    readonly status: { readonly conditions: readonly { type: string; status: string }[] };
  };
  return status.conditions.some((each) => each.type === 'Available' && each.status === 'True');
}
