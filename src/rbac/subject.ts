import type { RbacSubject } from '../objects.ts';

const group = 'rbac.authorization.k8s.io';

/** Names of service accounts that the API server accepts in a binding. */
const accountName = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const namespaceName = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;

/**
 * Parses `user:NAME`, `group:NAME` or `serviceaccount:NAMESPACE:NAME`; any other text is a user name. The user name of a service
 * account gives the service account.
 */
export function parseSubject(text: string): RbacSubject | undefined {
  const match = /^(user|group|serviceaccount):(.*)$/s.exec(text);
  const [, kind = 'user', name = text] = match ?? [];
  if (name === '') return undefined;
  if (kind === 'user') return accountOf(name) ?? user(name);
  if (kind === 'group') return { apiGroup: group, kind: 'Group', name };
  return accountOf(`system:serviceaccount:${name}`);
}

/** Returns the service account of a user name; undefined if no service account can have that user name. */
function accountOf(userName: string): RbacSubject | undefined {
  const { kind, namespace = '', name } = subjectOf(userName);
  const isAccount = kind === 'ServiceAccount' && namespaceName.test(namespace);
  return isAccount && accountName.test(name) ? { kind, name, namespace } : undefined;
}

export function user(name: string): RbacSubject {
  return { apiGroup: group, kind: 'User', name };
}

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

/** Whether `given` is the same as `subject`, or a group to which the API server adds `subject` because of its name. */
export function includesSubject(given: RbacSubject, subject: RbacSubject): boolean {
  if (sameSubject(given, subject)) return true;
  const { user: name } = reviewedUser(subject);
  return (
    given.kind === 'Group' && name !== undefined && identityOf(name).groups.includes(given.name)
  );
}

/**
 * Whether a binding's subject applies to an identity: appliesToUser in pkg/registry/rbac/validation/rule.go. In a RoleBinding, a service
 * account without a namespace is in the namespace of the binding.
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

export function subjectPhrase({ kind, name, namespace }: RbacSubject): string {
  if (kind === 'User') return `user ${JSON.stringify(name)}`;
  if (kind === 'Group') return `group ${JSON.stringify(name)}`;
  const place = namespace ? `of namespace ${namespace}` : 'without a namespace';
  return `service account ${JSON.stringify(name)} ${place}`;
}

/** Formats a subject as `parseSubject` reads it, always with the kind. */
export function formatSubject(subject: RbacSubject): string {
  if (subject.kind === 'ServiceAccount')
    return `serviceaccount:${subject.namespace ?? ''}:${subject.name}`;
  return `${subject.kind.toLowerCase()}:${subject.name}`;
}

/** Returns a subject as fields of an access review; for a service account its user name, without groups. */
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

/** Returns the service account for its user name, which RBAC treats as the same identity; other subjects unchanged. */
export function canonicalSubject(subject: RbacSubject): RbacSubject {
  return subject.kind === 'User' ? subjectOf(subject.name) : subject;
}

/** Returns a text that is the same for all subjects of one identity. */
export function subjectKey(subject: RbacSubject): string {
  return formatSubject(canonicalSubject(subject));
}

/** Whether two subjects are one identity. Like RBAC, compares names byte by byte. */
export function sameSubject(a: RbacSubject, b: RbacSubject): boolean {
  return subjectKey(a) === subjectKey(b);
}

export function hasSubject(subjects: readonly RbacSubject[], subject: RbacSubject): boolean {
  return subjects.some((other) => sameSubject(other, subject));
}

/** Returns why a subject can never be granted kubelet access; undefined if it can. */
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
 * Returns why access cannot be granted to the user name that a kubelet gives for kube-apiserver; undefined if it can. The name comes
 * from one machine, which must not choose who gets nodes/proxy.
 */
export function notKubeletClient(userName: string): string | undefined {
  if (userName === '') return 'it is empty';
  const never = neverGranted(user(userName));
  if (never !== undefined) return never;
  return userName.startsWith('system:serviceaccount:')
    ? 'it is a service account, but kube-apiserver authenticates to kubelets with a client certificate'
    : undefined;
}

/** Returns why granting kubelet access to a subject requires --force; undefined if it does not. */
export function needsForce(subject: RbacSubject): string | undefined {
  if (subject.kind !== 'Group') return undefined;
  if (subject.name === 'system:authenticated') return 'it is the group of every authenticated user';
  if (subject.name === 'system:serviceaccounts') return 'it is the group of every service account';
  return undefined;
}

/** Formats the source of a permission for a sentence: a binding, or system:masters if the name is empty. */
export function formatGiver(binding: string): string {
  return binding === '' ? 'the group system:masters' : `ClusterRoleBinding ${binding}`;
}
