import type { RbacSubject } from '../objects.ts';

const group = 'rbac.authorization.k8s.io';

/** Reads `user:NAME`, `group:NAME`, `serviceaccount:NAMESPACE:NAME`; anything else is a user name as it stands. */
export function parseSubject(text: string): RbacSubject | undefined {
  const match = /^(user|group|serviceaccount):(.*)$/s.exec(text);
  const [, kind = 'user', name = text] = match ?? [];
  if (name === '') return undefined;
  if (kind === 'user') return user(name);
  if (kind === 'group') return { apiGroup: group, kind: 'Group', name };
  const [namespace, account, ...rest] = name.split(':');
  if (!namespace || !account || rest.length > 0) return undefined;
  return { kind: 'ServiceAccount', name: account, namespace };
}

export function user(name: string): RbacSubject {
  return { apiGroup: group, kind: 'User', name };
}

/** The form that `parseSubject` reads, always with its kind. */
export function formatSubject(subject: RbacSubject): string {
  if (subject.kind === 'ServiceAccount')
    return `serviceaccount:${subject.namespace ?? ''}:${subject.name}`;
  return `${subject.kind.toLowerCase()}:${subject.name}`;
}

/** Byte for byte, as RBAC compares them. */
export function sameSubject(a: RbacSubject, b: RbacSubject): boolean {
  return formatSubject(a) === formatSubject(b);
}

export function hasSubject(subjects: readonly RbacSubject[], subject: RbacSubject): boolean {
  return subjects.some((other) => sameSubject(other, subject));
}

/** Why a subject may never be granted kubelet access, or undefined if it may. */
export function neverGranted(subject: RbacSubject): string | undefined {
  if (subject.kind === 'User' && subject.name === 'system:anonymous')
    return 'it is everyone without a credential: kube-apiserver shows kubelets no client certificate (see its --kubelet-client-certificate)';
  if (subject.kind === 'Group' && subject.name === 'system:unauthenticated')
    return 'it is everyone without a credential';
  if (subject.kind === 'User' && subject.name.startsWith('system:node:'))
    return 'it is a node: kube-apiserver shows kubelets a node certificate (see its --kubelet-client-certificate)';
  if (subject.kind === 'Group' && subject.name === 'system:nodes') return 'it is every node';
  return undefined;
}

/** Why a subject is granted kubelet access only if that is insisted on, or undefined. */
export function needsForce(subject: RbacSubject): string | undefined {
  if (subject.kind !== 'Group') return undefined;
  if (subject.name === 'system:authenticated') return 'it is everyone with a credential';
  if (subject.name === 'system:serviceaccounts')
    return 'it is every pod that has a service account';
  return undefined;
}
