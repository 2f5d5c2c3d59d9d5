/** The discovery documents that kubectl reads first. */
export function discovery(path: string, minor: number): unknown {
  const group = (name: string) => {
    const version = { groupVersion: `${name}/v1`, version: 'v1' };
    return { name, versions: [version], preferredVersion: version };
  };
  const resource = (name: string, kind: string, namespaced: boolean, verbs: readonly string[]) => ({
    name,
    singularName: kind.toLowerCase(),
    kind,
    namespaced,
    verbs,
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
        ].map(group),
      };
    case '/api/v1':
      return {
        kind: 'APIResourceList',
        groupVersion: 'v1',
        resources: [
          resource('nodes', 'Node', false, ['get', 'list']),
          resource('pods', 'Pod', true, ['get']),
          resource('pods/log', 'Pod', true, ['get']),
        ],
      };
    case '/apis/rbac.authorization.k8s.io/v1':
      return {
        kind: 'APIResourceList',
        groupVersion: 'rbac.authorization.k8s.io/v1',
        resources: [
          resource('clusterroles', 'ClusterRole', false, readWrite),
          resource('clusterrolebindings', 'ClusterRoleBinding', false, readWrite),
          resource('rolebindings', 'RoleBinding', true, readWrite),
        ],
      };
    case '/apis/certificates.k8s.io/v1':
      return {
        kind: 'APIResourceList',
        groupVersion: 'certificates.k8s.io/v1',
        resources: [
          resource('certificatesigningrequests', 'CertificateSigningRequest', false, [
            'get',
            'list',
          ]),
        ],
      };
    case '/apis/authorization.k8s.io/v1':
    case '/apis/authentication.k8s.io/v1':
      return { kind: 'APIResourceList', groupVersion: path.slice('/apis/'.length), resources: [] };
    default:
      return undefined;
  }
}
