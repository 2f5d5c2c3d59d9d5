import type { RbacSubject } from '../objects.ts';

const group = 'rbac.authorization.k8s.io';

/** The API server accepts no other name in a binding. */
const accountName = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const namespaceName = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;

/**
 * Reads `user:NAME`, `group:NAME`, `serviceaccount:NAMESPACE:NAME`; anything else is a user name as it stands. The user name of
 * a service account is that account.
 */
export function parseSubject(text: string): RbacSubject | undefined {
  const match = /^(user|group|serviceaccount):(.*)$/s.exec(text);
  const [, kind = 'user', name = text] = match ?? [];
  if (name === '') return undefined;
  if (kind === 'user') return accountOf(name) ?? user(name);
  if (kind === 'group') return { apiGroup: group, kind: 'Group', name };
  return accountOf(`system:serviceaccount:${name}`);
}

/** The service account of a user name; undefined if there can be none of that name. */
function accountOf(userName: string): RbacSubject | undefined {
  const { kind, namespace = '', name } = subjectOf(userName);
  const isAccount = kind === 'ServiceAccount' && namespaceName.test(namespace);
  return isAccount && accountName.test(name) ? { kind, name, namespace } : undefined;
}

export function user(name: string): RbacSubject {
  return { apiGroup: group, kind: 'User', name };
}

/** The subject that RBAC objects name for a user name of an API server: a service account, or a user. */
export function subjectOf(name: string): RbacSubject {
  const [, namespace, account] = /^system:serviceaccount:([^:]+):([^:]+)$/.exec(name) ?? [];
  if (namespace === undefined || account === undefined) return user(name);
  return { kind: 'ServiceAccount', name: account, namespace };
}

/** A user as the API server authenticated it. */
export interface Identity {
  readonly user: string;
  readonly groups: readonly string[];
}

/** Adds the groups that the API server derives from the name alone. */
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

/** Whether what a binding gives one subject is another's as well: the same, or a group that the API server puts it in by its name. */
export function includesSubject(given: RbacSubject, subject: RbacSubject): boolean {
  if (sameSubject(given, subject)) return true;
  const { user: name } = reviewedUser(subject);
  return (
    given.kind === 'Group' && name !== undefined && identityOf(name).groups.includes(given.name)
  );
}

/**
 * Whether a binding's subject is an identity: appliesToUser in pkg/registry/rbac/validation/rule.go. In a RoleBinding a service
 * account without a namespace is of the binding's own.
 */
export function appliesTo(subject: RbacSubject, who: Identity, bindingNamespace = ''): boolean {
  switch (subject.kind) {
    case 'User':
      return subject.name === who.user;
    case 'Group':
      return who.groups.includes(subject.name);
    case 'ServiceAccount': {
      const namespace = subject.namespace || bindingNamespace;
      return namespace !== '' && who.user === `system:serviceaccount:${namespace}:${subject.name}`;
    }
    default:
      return false;
  }
}

/** A subject within a sentence: `user "jane"`. */
export function subjectPhrase({ kind, name, namespace }: RbacSubject): string {
  if (kind === 'User') return `user ${JSON.stringify(name)}`;
  if (kind === 'Group') return `group ${JSON.stringify(name)}`;
  const place = namespace ? `of namespace ${namespace}` : 'without a namespace';
  return `service account ${JSON.stringify(name)} ${place}`;
}

/** The form that `parseSubject` reads, always with the kind. */
export function formatSubject(subject: RbacSubject): string {
  if (subject.kind === 'ServiceAccount')
    return `serviceaccount:${subject.namespace ?? ''}:${subject.name}`;
  return `${subject.kind.toLowerCase()}:${subject.name}`;
}

/** A subject as an access review takes it; of a service account its user name, without its groups. */
export function reviewedUser(subject: RbacSubject): { user?: string; groups?: string[] } {
  switch (subject.kind) {
    case 'Group':
      return { groups: [subject.name] };
    case 'ServiceAccount':
      return { user: `system:serviceaccount:${subject.namespace ?? ''}:${subject.name}` };
    default:
      return { user: subject.name };
  }
}

/** The one form of an identity: RBAC takes the user name of a service account for that account. */
export function canonicalSubject(subject: RbacSubject): RbacSubject {
  return subject.kind === 'User' ? subjectOf(subject.name) : subject;
}

/** The same text for subjects that are one identity. */
export function subjectKey(subject: RbacSubject): string {
  return formatSubject(canonicalSubject(subject));
}

/** Whether two subjects are one identity, as RBAC compares them: byte for byte. */
export function sameSubject(a: RbacSubject, b: RbacSubject): boolean {
  return subjectKey(a) === subjectKey(b);
}

export function hasSubject(subjects: readonly RbacSubject[], subject: RbacSubject): boolean {
  return subjects.some((other) => sameSubject(other, subject));
}

/** Why a subject can never be granted kubelet access; undefined if it can. */
export function neverGranted(subject: RbacSubject): string | undefined {
  if (subject.kind === 'User' && subject.name === 'system:anonymous')
    return 'it is the user of every unauthenticated request: kube-apiserver presents no client certificate to kubelets (check its --kubelet-client-certificate)';
  if (subject.kind === 'Group' && subject.name === 'system:unauthenticated')
    return 'it is the group of every unauthenticated request';
  if (subject.kind === 'User' && subject.name.startsWith('system:node:'))
    return 'it is a node identity: kube-apiserver presents a node certificate to kubelets (check its --kubelet-client-certificate)';
  if (subject.kind === 'Group' && subject.name === 'system:nodes')
    return 'it is the group of every node';
  return undefined;
}

/**
 * Why a name that a kubelet gives for kube-apiserver cannot be granted access; undefined if it can. The name comes from one
 * machine, which must not choose who gets nodes/proxy.
 */
export function notKubeletClient(userName: string): string | undefined {
  if (userName === '') return 'it is empty';
  const never = neverGranted(user(userName));
  if (never !== undefined) return never;
  return userName.startsWith('system:serviceaccount:')
    ? 'it is a service account, but kube-apiserver authenticates to kubelets with a client certificate'
    : undefined;
}

/** Why granting kubelet access to a subject requires --force; undefined if it does not. */
export function needsForce(subject: RbacSubject): string | undefined {
  if (subject.kind !== 'Group') return undefined;
  if (subject.name === 'system:authenticated') return 'it is the group of every authenticated user';
  if (subject.name === 'system:serviceaccounts') return 'it is the group of every service account';
  return undefined;
}

/** How a sentence names what grants a permission: a binding, or with an empty name system:masters. */
export function formatGiver(binding: string): string {
  return binding === '' ? 'the group system:masters' : `ClusterRoleBinding ${binding}`;
}
