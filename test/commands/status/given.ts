import type { PolicyRule, RbacSubject } from '../../../src/objects.ts';
import * as rbac from '../../kit/rbac.ts';
import { pairRule, put, rbacRule, rule } from '../../kit/rbac.ts';
import type { Sandbox } from '../../sandbox/sandbox.ts';
import type { Given } from './scenario.ts';

export const user = (name: string): RbacSubject => ({ kind: 'User', name });

export const pairRole = 'system:kube-apiserver-to-kubelet';
export const pairBinding = 'system:kube-apiserver';

/** The usual ClusterRole and ClusterRoleBinding, with this user as subject. */
export function pair(userName = 'Kubernetes'): readonly Given[] {
  return [role(pairRole, [pairRule]), binding(pairBinding, pairRole, [user(userName)])];
}

export function pairUntil(ms: number): readonly Given[] {
  const expires = new Date(Date.now() + ms).toISOString();
  return [
    role(pairRole, [pairRule]),
    binding(pairBinding, pairRole, [user('Kubernetes')], {
      'kubeletaccess/added': '["user:Kubernetes"]',
      'kubeletaccess/expires': expires,
    }),
  ];
}

export function role(
  name: string,
  rules: readonly PolicyRule[],
  annotations: Record<string, string> = {},
): Given {
  return (sandbox) => put(sandbox, rbac.role(name, rules, { annotations }));
}

export function binding(
  name: string,
  roleName: string,
  subjects: readonly RbacSubject[],
  annotations: Record<string, string> = {},
): Given {
  return (sandbox) => put(sandbox, rbac.binding(name, roleName, subjects, { annotations }));
}

export function allow(
  name: string,
  whom: RbacSubject,
  rules: readonly PolicyRule[],
): readonly Given[] {
  return [role(name, rules), binding(name, name, [whom])];
}

const looks = {
  'list nodes': rule('nodes', 'list'),
  'get nodes': rule('nodes'),
  'get nodes/proxy': rule('nodes/proxy'),
  'get nodes/healthz': rule('nodes/healthz'),
  'create subjectaccessreviews': rule('subjectaccessreviews', 'create', {
    apiGroups: ['authorization.k8s.io'],
  }),
  'get clusterroles': rbacRule('clusterroles', 'get'),
  'get clusterrolebindings': rbacRule('clusterrolebindings', 'get'),
  'list clusterroles': rbacRule('clusterroles,clusterrolebindings', 'list'),
  'list rolebindings': rbacRule('rolebindings', 'list'),
  'list certificatesigningrequests': rule('certificatesigningrequests', 'list', {
    apiGroups: ['certificates.k8s.io'],
  }),
};

type Look = keyof typeof looks;

export function devMay(...given: readonly Look[]): readonly Given[] {
  return allow(
    'devs',
    user('dev'),
    given.map((name) => looks[name]),
  );
}

/** Gives the user `dev` all permissions that status needs, except these. */
export function devMayAllBut(...missing: readonly Look[]): readonly Given[] {
  const all = Object.keys(looks) as Look[];
  return devMay(...all.filter((name) => !missing.includes(name)));
}

export function empty({ store }: Sandbox): void {
  for (const resource of ['clusterroles', 'clusterrolebindings', 'rolebindings'])
    for (const { metadata } of store.list(resource)) {
      const { namespace, name } = metadata;
      store.delete(resource, namespace === undefined ? name : `${namespace}/${name}`);
    }
}

/** The command that status advises if the API server does not allow `dev` the node proxy. */
export const askNodeProxy = ['kubectl auth can-i get nodes --subresource=proxy'];
