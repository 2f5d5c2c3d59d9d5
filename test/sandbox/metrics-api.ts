import type { ServerResponse } from 'node:http';
import { allow } from './allow.ts';
import type { Authorizer, Identity } from './authorizer.ts';
import { hasLabels } from './label-selector.ts';
import { sendJson, sendStatus, sendText } from './respond.ts';
import type { Store } from './store.ts';

const apiGroup = 'metrics.k8s.io';
const groupVersion = `${apiGroup}/v1beta1`;

/** What metrics-server has: the objects `nodemetrics` and `podmetrics` of the store. */
export interface MetricsApi {
  readonly store: Store;
  readonly authorizer: Authorizer;
}

/** Whether the cluster has an APIService for it, which may not be available. */
export function hasMetricsApi(store: Store): boolean {
  return store.get('apiservices', `v1beta1.${apiGroup}`) !== undefined;
}

/** Its discovery documents, which are there while it is not available, too. */
export function metricsDiscovery(path: string): unknown {
  if (path !== `/apis/${groupVersion}`) return undefined;
  const resource = (name: string, kind: string, namespaced: boolean) => ({
    ...{ name, singularName: '', kind, namespaced, verbs: ['get', 'list'] },
  });
  return {
    kind: 'APIResourceList',
    groupVersion,
    resources: [resource('nodes', 'NodeMetrics', false), resource('pods', 'PodMetrics', true)],
  };
}

export const metricsGroup: {
  readonly name: string;
  readonly versions: { groupVersion: string; version: string }[];
  readonly preferredVersion: { groupVersion: string; version: string };
} = {
  name: apiGroup,
  versions: [{ groupVersion, version: 'v1beta1' }],
  preferredVersion: { groupVersion, version: 'v1beta1' },
};

const paths =
  /^\/apis\/metrics\.k8s\.io\/v1beta1(?:\/namespaces\/([^/]+))?\/(nodes|pods)(?:\/([^/]+))?$/;

/** Answers a GET of metrics. Returns whether the path is one. */
export function serveMetrics(
  { store, authorizer }: MetricsApi,
  who: Identity,
  { pathname, searchParams }: URL,
  response: ServerResponse,
): boolean {
  const [path, namespace, resource = '', name] = paths.exec(pathname) ?? [];
  if (path === undefined || !hasMetricsApi(store)) return false;
  const inNamespace = namespace === undefined ? {} : { namespace };
  const verb = name === undefined ? 'list' : 'get';
  const attributes = { verb, apiGroup, resource, name: name ?? '', ...inNamespace };
  if (!allow(authorizer, who, attributes, response)) return true;
  const [kind, stored] =
    resource === 'nodes' ? ['NodeMetrics', 'nodemetrics'] : ['PodMetrics', 'podmetrics'];
  if (!isAvailable(store)) sendText(response, 503, 'service unavailable\n');
  else if (name === undefined) {
    const selector = searchParams.get('labelSelector') ?? '';
    const items = store
      .list(stored)
      .filter(({ metadata }) => namespace === undefined || metadata.namespace === namespace)
      .filter(({ metadata }) => hasLabels(metadata.labels ?? {}, selector));
    sendJson(response, 200, { kind: `${kind}List`, apiVersion: groupVersion, metadata: {}, items });
  } else {
    const found = store.get(stored, [namespace, name].filter(Boolean).join('/'));
    if (found) sendJson(response, 200, found);
    else {
      const details = { name, group: apiGroup, kind: resource };
      sendStatus(response, 404, 'NotFound', `${resource}.${apiGroup} "${name}" not found`, details);
    }
  }
  return true;
}

function isAvailable(store: Store): boolean {
  const { status } = store.get('apiservices', `v1beta1.${apiGroup}`) as unknown as {
    readonly status: { readonly conditions: readonly { type: string; status: string }[] };
  };
  return status.conditions.some((each) => each.type === 'Available' && each.status === 'True');
}
