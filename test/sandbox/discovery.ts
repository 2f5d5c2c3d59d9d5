import { metricsDiscovery, metricsGroup } from './metrics-api.ts';

/** Common kinds that the sandbox lacks, by group and version, with their short names. */
const absentKinds: Readonly<
  Record<string, Readonly<Record<string, readonly [kind: string, ...short: string[]]>>>
> = {
  v1: {
    configmaps: ['ConfigMap', 'cm'],
    endpoints: ['Endpoints', 'ep'],
    events: ['Event', 'ev'],
    persistentvolumeclaims: ['PersistentVolumeClaim', 'pvc'],
    secrets: ['Secret'],
    services: ['Service', 'svc'],
  },
  'apps/v1': {
    daemonsets: ['DaemonSet', 'ds'],
    deployments: ['Deployment', 'deploy'],
    replicasets: ['ReplicaSet', 'rs'],
    statefulsets: ['StatefulSet', 'sts'],
  },
  'batch/v1': { cronjobs: ['CronJob', 'cj'], jobs: ['Job'] },
  'coordination.k8s.io/v1': { leases: ['Lease'] },
  'discovery.k8s.io/v1': { endpointslices: ['EndpointSlice'] },
  'networking.k8s.io/v1': { ingresses: ['Ingress', 'ing'] },
};

/** Returns an error message for a path of a kind that the sandbox lacks; undefined for other paths. */
export function absentKind(pathname: string): string | undefined {
  if (pathname.endsWith('/portforward'))
    return 'this small cluster does not speak SPDY, by which kubectl forwards ports: use kubectl kubeletaccess port-forward';
  const [, version = '', resource = ''] =
    /^\/(?:api|apis)\/(v1|[^/]+\/v1)(?:\/namespaces\/[^/]+)?\/([^/]+)(?:\/[^/]+)?$/.exec(
      pathname,
    ) ?? [];
  return absentKinds[version]?.[resource] === undefined
    ? undefined
    : `this small cluster has no ${resource}: it has nodes, pods and their logs, namespaces, service accounts, RBAC, signing requests and apiservices`;
}

/** Returns a discovery document, which kubectl reads before other requests. */
export function discovery(path: string, minor: number, hasMetrics = false): unknown {
  const metrics = hasMetrics ? metricsDiscovery(path) : undefined;
  if (metrics !== undefined) return metrics;
  const group = (name: string) => {
    const version = { groupVersion: `${name}/v1`, version: 'v1' };
    return { name, versions: [version], preferredVersion: version };
  };
  const resource = (
    name: string,
    kind: string,
    namespaced: boolean,
    verbs: readonly string[],
    shortNames: readonly string[] = [],
  ) => ({ name, singularName: kind.toLowerCase(), kind, namespaced, verbs, shortNames });
  const absent = (version: string) =>
    Object.entries(absentKinds[version] ?? {}).map(([name, [kind, ...short]]) =>
      resource(name, kind, true, ['get', 'list'], short),
    );
  const list = (groupVersion: string, ...resources: readonly unknown[]) => ({
    kind: 'APIResourceList',
    groupVersion,
    resources,
  });
  const readWrite = ['create', 'delete', 'get', 'list', 'update'];
  switch (path) {
    case '/version':
      return { major: '1', minor: String(minor), gitVersion: `v1.${minor}.0-sandbox` };
    case '/api':
      return { kind: 'APIVersions', versions: ['v1'] };
    case '/apis':
      return {
        kind: 'APIGroupList',
        apiVersion: 'v1',
        groups: [
          'rbac.authorization.k8s.io',
          'authorization.k8s.io',
          'authentication.k8s.io',
          'certificates.k8s.io',
          'apiregistration.k8s.io',
          ...Object.keys(absentKinds).flatMap((version) =>
            version.includes('/') ? (version.split('/')[0] ?? []) : [],
          ),
        ]
          .map(group)
          .concat(hasMetrics ? [metricsGroup] : []),
      };
    case '/api/v1':
      return list(
        'v1',
        resource('nodes', 'Node', false, ['get', 'list'], ['no']),
        resource('namespaces', 'Namespace', false, ['list'], ['ns']),
        resource('pods', 'Pod', true, ['get', 'list'], ['po']),
        resource('pods/log', 'Pod', true, ['get']),
        resource('serviceaccounts', 'ServiceAccount', true, ['list'], ['sa']),
        ...absent('v1'),
      );
    case '/apis/apiregistration.k8s.io/v1':
      return list(
        'apiregistration.k8s.io/v1',
        resource('apiservices', 'APIService', false, ['get', 'list']),
      );
    case '/apis/rbac.authorization.k8s.io/v1':
      return list(
        'rbac.authorization.k8s.io/v1',
        resource('clusterroles', 'ClusterRole', false, readWrite),
        resource('clusterrolebindings', 'ClusterRoleBinding', false, readWrite),
        resource('roles', 'Role', true, readWrite),
        resource('rolebindings', 'RoleBinding', true, readWrite),
      );
    case '/apis/certificates.k8s.io/v1': {
      const csr = 'CertificateSigningRequest';
      return list(
        'certificates.k8s.io/v1',
        resource('certificatesigningrequests', csr, false, ['get', 'list'], ['csr']),
      );
    }
    case '/apis/authorization.k8s.io/v1':
      return list(
        'authorization.k8s.io/v1',
        resource('selfsubjectaccessreviews', 'SelfSubjectAccessReview', false, ['create']),
        resource('subjectaccessreviews', 'SubjectAccessReview', false, ['create']),
      );
    case '/apis/authentication.k8s.io/v1':
      return list(
        'authentication.k8s.io/v1',
        resource('selfsubjectreviews', 'SelfSubjectReview', false, ['create']),
      );
    default: {
      const version = path.replace(/^\/apis\//, '');
      return version === path || !absentKinds[version]
        ? undefined
        : list(version, ...absent(version));
    }
  }
}
