import { recorded } from '../../kit/rbac.ts';
import type { Rule } from '../../sandbox/authorizer.ts';
import type { Sandbox } from '../../sandbox/sandbox.ts';
import type { Given } from './scenario.ts';

const group = 'rbac.authorization.k8s.io';
const apiVersion = `${group}/v1`;

export interface GivenSubject {
  readonly kind: 'User' | 'Group' | 'ServiceAccount';
  readonly name: string;
  readonly namespace?: string;
}

export const user = (name: string): GivenSubject => ({ kind: 'User', name });

export const pairRole = 'system:kube-apiserver-to-kubelet';
export const pairBinding = 'system:kube-apiserver';

const pairRules: readonly Rule[] = [
  {
    apiGroups: [''],
    resources: ['nodes/proxy', 'nodes/stats', 'nodes/log', 'nodes/spec', 'nodes/metrics'],
    verbs: ['*'],
  },
];

/** The pair as people install it, for this user. */
export function pair(userName = 'Kubernetes'): readonly Given[] {
  return [role(pairRole, pairRules), binding(pairBinding, pairRole, [user(userName)])];
}

/** The pair, whose right ends so many ms from now, as grant records it. */
export function pairUntil(ms: number): readonly Given[] {
  const expires = new Date(Date.now() + ms).toISOString();
  return [
    role(pairRole, pairRules),
    binding(
      pairBinding,
      pairRole,
      [user('Kubernetes')],
      recorded({ 'user:Kubernetes': { expires } }),
    ),
  ];
}

export function role(
  name: string,
  rules: readonly Rule[],
  annotations: Record<string, string> = {},
): Given {
  return ({ store }) =>
    void store.put('clusterroles', {
      apiVersion,
      kind: 'ClusterRole',
      metadata: { name, annotations },
      rules,
    });
}

/** The role alone, as a grant --recreate leaves it that is killed before it creates the binding again. */
export function interruptedRecreation(at: string): Given {
  const subjects = [user('jane'), user('Kubernetes')];
  const record = { [pairBinding]: { at, subjects } };
  return role(pairRole, pairRules, { 'kubeletaccess/recreating': JSON.stringify(record) });
}

export function binding(
  name: string,
  roleName: string,
  subjects: readonly GivenSubject[],
  annotations: Record<string, string> = {},
): Given {
  return ({ store }) =>
    void store.put('clusterrolebindings', {
      apiVersion,
      kind: 'ClusterRoleBinding',
      metadata: { name, annotations },
      roleRef: { apiGroup: group, kind: 'ClusterRole', name: roleName },
      subjects,
    });
}

/** A RoleBinding to a ClusterRole. */
export function roleBinding(
  namespace: string,
  name: string,
  roleName: string,
  subjects: readonly GivenSubject[],
): Given {
  return ({ store }) =>
    void store.put('rolebindings', {
      apiVersion,
      kind: 'RoleBinding',
      metadata: { name, namespace },
      roleRef: { apiGroup: group, kind: 'ClusterRole', name: roleName },
      subjects,
    });
}

/** A role and its binding of one name, for one subject. */
export function right(name: string, whom: GivenSubject, rules: readonly Rule[]): readonly Given[] {
  return [role(name, rules), binding(name, name, [whom])];
}

/** The right of verbs on resources without a group, which may be of some names alone. */
export function rule(
  verbs: readonly string[],
  resources: readonly string[],
  resourceNames?: readonly string[],
): Rule {
  return { apiGroups: [''], resources, verbs, ...(resourceNames && { resourceNames }) };
}

/** What a caller with few rights may be given, one by one. */
const looks = {
  'list nodes': rule(['list'], ['nodes']),
  'get nodes': rule(['get'], ['nodes']),
  'get nodes/proxy': rule(['get'], ['nodes/proxy']),
  'get nodes/healthz': rule(['get'], ['nodes/healthz']),
  'create subjectaccessreviews': {
    apiGroups: ['authorization.k8s.io'],
    resources: ['subjectaccessreviews'],
    verbs: ['create'],
  },
  'get clusterroles': { apiGroups: [group], resources: ['clusterroles'], verbs: ['get'] },
  'get clusterrolebindings': {
    apiGroups: [group],
    resources: ['clusterrolebindings'],
    verbs: ['get'],
  },
  'list clusterroles': {
    apiGroups: [group],
    resources: ['clusterroles', 'clusterrolebindings'],
    verbs: ['list'],
  },
  'list rolebindings': { apiGroups: [group], resources: ['rolebindings'], verbs: ['list'] },
  'list certificatesigningrequests': {
    apiGroups: ['certificates.k8s.io'],
    resources: ['certificatesigningrequests'],
    verbs: ['list'],
  },
} as const satisfies Record<string, Rule>;

type Look = keyof typeof looks;

/** The caller dev may look at just this. */
export function devMay(...given: readonly Look[]): readonly Given[] {
  return right(
    'devs',
    user('dev'),
    given.map((name) => looks[name]),
  );
}

/** The caller dev may look at everything that a report takes, but for this. */
export function devMayAllBut(...missing: readonly Look[]): readonly Given[] {
  const all = Object.keys(looks) as Look[];
  return devMay(...all.filter((name) => !missing.includes(name)));
}

/** The sandbox as it was made. */
export function empty({ store }: Sandbox): void {
  for (const resource of ['clusterroles', 'clusterrolebindings', 'rolebindings'])
    for (const { metadata } of store.list(resource)) {
      const { namespace, name } = metadata;
      store.delete(resource, namespace === undefined ? name : `${namespace}/${name}`);
    }
}

/** What `dev` is told to run where the API server's node proxy is refused to them. */
export const askNodeProxy = [
  'kubectl auth can-i get nodes --subresource=proxy',
  'kubectl create clusterrole kubelet-proxy:dev --verb=get --resource=nodes/proxy && kubectl create clusterrolebinding kubelet-proxy:dev --clusterrole=kubelet-proxy:dev --user=dev',
];
