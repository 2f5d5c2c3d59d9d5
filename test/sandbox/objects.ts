import type { IncomingMessage, ServerResponse } from 'node:http';
import { allow } from './allow.ts';
import type { Authorizer, Identity } from './authorizer.ts';
import { hasLabels } from './label-selector.ts';
import { hasMetricsApi, isMetricsApiAvailable, metricsVersion } from './metrics-api.ts';
import { sendJson, sendStatus, sendText } from './respond.ts';
import { sendList } from './send-list.ts';
import type { Store, StoredObject } from './store.ts';

type Kind = readonly [kind: string, stored?: string];

/** Kinds by apiVersion and resource. `stored` is the name in the store, if it differs from the resource. */
const kinds: Readonly<Record<string, Readonly<Record<string, Kind>>>> = {
  v1: {
    configmaps: ['ConfigMap'],
    namespaces: ['Namespace'],
    nodes: ['Node'],
    pods: ['Pod'],
    secrets: ['Secret'],
    serviceaccounts: ['ServiceAccount'],
    services: ['Service'],
  },
  'apiregistration.k8s.io/v1': { apiservices: ['APIService'] },
  'certificates.k8s.io/v1': { certificatesigningrequests: ['CertificateSigningRequest'] },
  'rbac.authorization.k8s.io/v1': {
    clusterrolebindings: ['ClusterRoleBinding'],
    clusterroles: ['ClusterRole'],
    rolebindings: ['RoleBinding'],
    roles: ['Role'],
  },
  [metricsVersion]: {
    nodes: ['NodeMetrics', 'nodemetrics'],
    pods: ['PodMetrics', 'podmetrics'],
  },
  'metrics.k8s.io/v1': { nodes: ['NodeMetrics', 'nodemetrics'] },
  'apps/v1': { deployments: ['Deployment'] },
  'monitoring.coreos.com/v1': { prometheuses: ['Prometheus'] },
};

/** API versions that a cluster serves only if it has objects of them. */
const optionalVersions = ['apps/v1', 'metrics.k8s.io/v1', 'monitoring.coreos.com/v1'];

interface ObjectReader {
  readonly store: Store;
  readonly authorizer: Authorizer;
  /** Whether a listed node has been deleted. */
  readonly isDeleted: (node: string) => boolean;
}

/** Answers a GET of an object or a list. Returns whether the cluster has the kind. */
export function serveObjects(
  { store, authorizer, isDeleted }: ObjectReader,
  who: Identity,
  { pathname, searchParams }: URL,
  request: IncomingMessage,
  response: ServerResponse,
): boolean {
  const [, apiVersion = '', namespace, resource = '', escapedName] =
    /^\/(?:api|apis)\/((?:[^/]+\/)?v[^/]+)(?:\/namespaces\/([^/]+)(?=\/))?\/([^/]+)(?:\/([^/]+))?$/.exec(
      pathname,
    ) ?? [];
  const [kind, stored = resource] = kinds[apiVersion]?.[resource] ?? [];
  if (kind === undefined) return false;
  if (apiVersion === metricsVersion && !hasMetricsApi(store)) return false;
  if (optionalVersions.includes(apiVersion) && store.list(stored).length === 0) return false;
  const name = escapedName && decodeURIComponent(escapedName);
  const apiGroup = apiVersion.includes('/') ? (apiVersion.split('/')[0] ?? '') : '';
  const attributes = {
    ...{ verb: name === undefined ? 'list' : 'get', apiGroup, resource, name: name ?? '' },
    ...(namespace !== undefined && { namespace }),
  };
  if (!allow(authorizer, who, attributes, response)) return true;
  if (apiVersion === metricsVersion && !isMetricsApiAvailable(store))
    sendText(response, 503, 'service unavailable\n');
  else if (name === undefined) {
    const all = stored === 'namespaces' ? namespacesOf(store) : store.list(stored);
    const [field = '', value] = searchParams.get('fieldSelector')?.split('=') ?? [];
    const found = all
      .filter(({ metadata }) => namespace === undefined || metadata.namespace === namespace)
      .filter((object) => value === undefined || fieldOf(object, field) === value)
      .filter(({ metadata }) =>
        hasLabels(metadata.labels ?? {}, searchParams.get('labelSelector') ?? ''),
      );
    sendList(request, response, { apiVersion, kind }, found, searchParams);
  } else {
    const isGone = stored === 'nodes' && isDeleted(name);
    const key = [namespace, name].filter(Boolean).join('/');
    const found = isGone ? undefined : store.get(stored, key);
    if (found) sendJson(response, 200, found);
    else {
      const type = apiGroup === '' ? resource : `${resource}.${apiGroup}`;
      const details = { name, ...(apiGroup !== '' && { group: apiGroup }), kind: resource };
      sendStatus(response, 404, `${type} "${name}" not found`, details);
    }
  }
  return true;
}

/** The value at a path such as `spec.nodeName`. */
function fieldOf(object: StoredObject, path: string): unknown {
  return path
    .split('.')
    .reduce<unknown>((value, key) => (value as Record<string, unknown> | undefined)?.[key], object);
}

function namespacesOf(store: Store): readonly StoredObject[] {
  const used = ['pods', 'serviceaccounts'].flatMap((resource) => store.list(resource));
  const names = used.map(({ metadata }) => metadata.namespace ?? 'default');
  return [...new Set(['default', 'kube-system', ...names])].map((name) => ({
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name },
  }));
}
