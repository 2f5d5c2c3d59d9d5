import { metricsVersion } from './metrics-api.ts';

type Row = readonly [name: string, kind: string, verbs: string, short?: string];

const readWrite = 'create,delete,get,list,update';

/** Namespaced resources of each API version that kubectl may name. */
const namespaced: Readonly<Record<string, readonly Row[]>> = {
  v1: [
    ['configmaps', 'ConfigMap', 'get,list', 'cm'],
    ['pods', 'Pod', 'get,list', 'po'],
    ['pods/log', 'Pod', 'get'],
    ['secrets', 'Secret', 'get,list'],
    ['serviceaccounts', 'ServiceAccount', 'list', 'sa'],
  ],
  'apps/v1': [['deployments', 'Deployment', 'get,list', 'deploy']],
  'rbac.authorization.k8s.io/v1': [
    ['roles', 'Role', readWrite],
    ['rolebindings', 'RoleBinding', readWrite],
  ],
};

/** Resources of the cluster. */
const clusterWide: Readonly<Record<string, readonly Row[]>> = {
  v1: [
    ['nodes', 'Node', 'get,list', 'no'],
    ['namespaces', 'Namespace', 'list', 'ns'],
  ],
  [metricsVersion]: [['nodes', 'NodeMetrics', 'get,list']],
  'apiregistration.k8s.io/v1': [['apiservices', 'APIService', 'get,list']],
  'authentication.k8s.io/v1': [['selfsubjectreviews', 'SelfSubjectReview', 'create']],
  'authorization.k8s.io/v1': [
    ['selfsubjectaccessreviews', 'SelfSubjectAccessReview', 'create'],
    ['subjectaccessreviews', 'SubjectAccessReview', 'create'],
  ],
  'certificates.k8s.io/v1': [
    ['certificatesigningrequests', 'CertificateSigningRequest', 'get,list', 'csr'],
  ],
  'rbac.authorization.k8s.io/v1': [
    ['clusterroles', 'ClusterRole', readWrite],
    ['clusterrolebindings', 'ClusterRoleBinding', readWrite],
  ],
};

const versions = [...new Set([...Object.keys(clusterWide), ...Object.keys(namespaced)])];

/** Returns a discovery document, which kubectl reads before other requests. */
export function discovery(path: string, minor: number, hasMetrics = false): unknown {
  const served = versions.filter((version) => hasMetrics || version !== metricsVersion);
  switch (path) {
    case '/version':
      return { major: '1', minor: String(minor), gitVersion: `v1.${minor}.0-sandbox` };
    case '/api':
      return { kind: 'APIVersions', versions: ['v1'] };
    case '/apis':
      return { kind: 'APIGroupList', apiVersion: 'v1', groups: served.flatMap(groupOf) };
    default: {
      const groupVersion = path.replace(/^\/apis?\//, '');
      if (!served.includes(groupVersion)) return undefined;
      const resources = [
        ...(clusterWide[groupVersion] ?? []).map((row) => resource(row, false)),
        ...(namespaced[groupVersion] ?? []).map((row) => resource(row, true)),
      ];
      return { kind: 'APIResourceList', groupVersion, resources };
    }
  }
}

function groupOf(groupVersion: string): object | [] {
  const [name, version] = groupVersion.split('/');
  if (version === undefined) return [];
  return {
    name,
    versions: [{ groupVersion, version }],
    preferredVersion: { groupVersion, version },
  };
}

function resource([name, kind, verbs, short]: Row, isNamespaced: boolean): object {
  return {
    ...{ name, singularName: kind.toLowerCase(), kind, namespaced: isNamespaced },
    ...{ verbs: verbs.split(','), shortNames: short === undefined ? [] : [short] },
  };
}
