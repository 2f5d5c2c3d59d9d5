import type { RbacSubject } from '../objects.ts';

const group = 'rbac.authorization.k8s.io';

/** Service account names that the API server accepts in a binding. */
const accountName = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const namespaceName = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;

/**
 * Parses `user:NAME`, `group:NAME` or `serviceaccount:NAMESPACE:NAME`. Any other text is a user name. If it is the user name of a
 * service account, returns the service account.
 */
export function parseSubject(text: string): RbacSubject | undefined {
  const match = /^(user|group|serviceaccount):(.*)$/s.exec(text);
  const [, kind = 'user', name = text] = match ?? [];
  if (name === '') return undefined;
  if (kind === 'user') return accountOf(name) ?? user(name);
  if (kind === 'group') return { apiGroup: group, kind: 'Group', name };
  return accountOf(`system:serviceaccount:${name}`);
}

/** Returns the service account with this user name; undefined if no service account can have this name. */
function accountOf(userName: string): RbacSubject | undefined {
  const { kind, namespace = '', name } = subjectOf(userName);
  const isAccount = kind === 'ServiceAccount' && namespaceName.test(namespace);
  return isAccount && accountName.test(name) ? { kind, name, namespace } : undefined;
}

export function user(name: string): RbacSubject {
  return { apiGroup: group, kind: 'User', name };
}

/** Returns the user name of a service account. */
export function accountUser(namespace: string, name: string): string {
  return `system:serviceaccount:${namespace}:${name}`;
}

export function subjectOf(name: string): RbacSubject {
  const [, namespace, account] = /^system:serviceaccount:([^:]+):([^:]+)$/.exec(name) ?? [];
  if (namespace === undefined || account === undefined) return user(name);
  return { kind: 'ServiceAccount', name: account, namespace };
}

export interface Identity {
  readonly user: string;
  readonly groups: readonly string[];
}

/** Returns an identity with the groups that the API server adds because of the user name. */
export function identityOf(name: string, groups: readonly string[] = []): Identity {
  const { kind, namespace } = subjectOf(name);
  const authenticated =
    name === 'system:anonymous' ? 'system:unauthenticated' : 'system:authenticated';
  const accounts =
    kind === 'ServiceAccount'
      ? ['system:serviceaccounts', `system:serviceaccounts:${namespace}`]
      : [];
  return { user: name, groups: [...new Set([...groups, ...accounts, authenticated])] };
}

/** Whether `given` is `subject` itself, or a group to which the API server adds `subject` because of its name. */
export function includesSubject(given: RbacSubject, subject: RbacSubject): boolean {
  if (sameSubject(given, subject)) return true;
  const { user: name } = reviewedUser(subject);
  return (
    given.kind === 'Group' && name !== undefined && identityOf(name).groups.includes(given.name)
  );
}

/**
 * Whether a subject of a binding applies to an identity, as in appliesToUser of pkg/registry/rbac/validation/rule.go. In a
 * RoleBinding, a service account without a namespace is in the binding's namespace.
 */
export function appliesTo(subject: RbacSubject, who: Identity, bindingNamespace = ''): boolean {
  switch (subject.kind) {
    case 'User':
      return subject.name === who.user;
    case 'Group':
      return who.groups.includes(subject.name);
    case 'ServiceAccount': {
      const namespace = subject.namespace || bindingNamespace;
      return namespace !== '' && who.user === accountUser(namespace, subject.name);
    }
    default:
      return false;
  }
}

export function subjectPhrase({ kind, name, namespace }: RbacSubject): string {
  if (kind === 'User') return `user ${JSON.stringify(name)}`;
  if (kind === 'Group') return `group ${JSON.stringify(name)}`;
  const place = namespace ? `of namespace ${namespace}` : 'without a namespace';
  return `service account ${JSON.stringify(name)} ${place}`;
}

/** Formats a subject in the form that `parseSubject` reads, always with its kind. */
export function formatSubject(subject: RbacSubject): string {
  if (subject.kind === 'ServiceAccount')
    return `serviceaccount:${subject.namespace ?? ''}:${subject.name}`;
  return `${subject.kind.toLowerCase()}:${subject.name}`;
}

/** Returns a subject as fields of a SubjectAccessReview. For a service account, returns its user name without groups. */
export function reviewedUser(subject: RbacSubject): { user?: string; groups?: string[] } {
  switch (subject.kind) {
    case 'Group':
      return { groups: [subject.name] };
    case 'ServiceAccount':
      return { user: accountUser(subject.namespace ?? '', subject.name) };
    default:
      return { user: subject.name };
  }
}

/**
 * If the subject is the user name of a service account, returns the service account, because RBAC treats both as the same identity.
 * Otherwise returns the subject unchanged.
 */
export function canonicalSubject(subject: RbacSubject): RbacSubject {
  return subject.kind === 'User' ? subjectOf(subject.name) : subject;
}

export function subjectKey(subject: RbacSubject): string {
  return formatSubject(canonicalSubject(subject));
}

/** Whether two subjects have the same identity. Compares names byte by byte, like RBAC. */
export function sameSubject(a: RbacSubject, b: RbacSubject): boolean {
  return subjectKey(a) === subjectKey(b);
}

export function hasSubject(subjects: readonly RbacSubject[], subject: RbacSubject): boolean {
  return subjects.some((other) => sameSubject(other, subject));
}

const neverNames: Readonly<Record<string, string>> = {
  'user:system:anonymous':
    'it is the user of every unauthenticated request: kube-apiserver presents no client certificate to kubelets (check its --kubelet-client-certificate)',
  'group:system:unauthenticated': 'it is the group of every unauthenticated request',
  'group:system:nodes': 'it is the group of every node',
};

/** Returns why a subject must never be granted access to kubelets; undefined if it may be granted. */
export function neverGranted(subject: RbacSubject): string | undefined {
  const name = formatSubject(subject);
  return name.startsWith('user:system:node:')
    ? 'it is a node identity: kube-apiserver presents a node certificate to kubelets (check its --kubelet-client-certificate)'
    : neverNames[name];
}

/**
 * Returns why kube-apiserver cannot have this user name at kubelets; undefined if it can. A kubelet reports the name, and a single
 * machine must not choose who gets nodes/proxy.
 */
export function notKubeletClient(userName: string): string | undefined {
  if (userName === '') return 'it is empty';
  const never = neverGranted(user(userName));
  if (never !== undefined) return never;
  return userName.startsWith('system:serviceaccount:')
    ? 'it is a service account, but kube-apiserver authenticates to kubelets with a client certificate'
    : undefined;
}

/** Why `grant` requires --force for a subject. */
export const crowds: Readonly<Record<string, string>> = {
  'group:system:authenticated': 'it is the group of every authenticated user',
  'group:system:serviceaccounts': 'it is the group of every service account',
};

/** Formats where a permission comes from, for a sentence: the binding, or group system:masters if the name is empty. */
export function formatGiver(binding: string): string {
  return binding === '' ? 'the group system:masters' : `ClusterRoleBinding ${binding}`;
}
