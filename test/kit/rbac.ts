import type {
  ClusterRole,
  ClusterRoleBinding,
  PolicyRule,
  RbacSubject,
  RoleBinding,
} from '../../src/objects.ts';
import { type GrantObjects, objectsOf } from '../../src/rbac/grant.ts';
import type { Sandbox } from '../sandbox/sandbox.ts';
import type { StoredObject } from '../sandbox/store.ts';

const apiGroup = 'rbac.authorization.k8s.io';
const apiVersion = `${apiGroup}/v1`;

export const knownRole = 'system:kube-apiserver-to-kubelet';
export const knownBinding = 'system:kube-apiserver';

export function user(name: string): RbacSubject {
  return { apiGroup, kind: 'User', name };
}

export function group(name: string): RbacSubject {
  return { apiGroup, kind: 'Group', name };
}

export function account(name: string, namespace?: string): RbacSubject {
  return { kind: 'ServiceAccount', name, ...(namespace !== undefined && { namespace }) };
}

/** The role and binding that grant makes for kube-apiserver. */
export function apiserverPair(subject: RbacSubject): GrantObjects & { readonly role: ClusterRole } {
  const { role: made, binding: bound } = objectsOf(
    { profile: 'apiserver', nodes: [], subject },
    true,
  );
  if (!made) throw new Error('profile apiserver has a role of its own');
  return { role: made, binding: bound };
}

/** Returns a rule for the core API group. `resources` and `verbs` are separated by commas. */
export function rule(resources: string, verbs = 'get', more: Partial<PolicyRule> = {}): PolicyRule {
  return { apiGroups: [''], resources: resources.split(','), verbs: verbs.split(','), ...more };
}

/**
 * Returns rules from text: `VERBS RESOURCES [GROUPS] [of NAMES]` or `VERBS URL URLS`, separated by semicolons; `nothing` is none. The group
 * `rbac` has a short name, `""` is the empty text.
 */
export function rulesIn(text: string): readonly PolicyRule[] {
  const listOf = (words: string) => words.split(',').map((each) => (each === '""' ? '' : each));
  return text
    .split(';')
    .map((each) => each.trim())
    .filter((each) => each !== '' && each !== 'nothing')
    .map((each): PolicyRule => {
      const [main = '', names] = each.split(' of ');
      const [verbs = '', resources = '', groups = ''] = main.split(' ');
      if (resources === 'URL') return { nonResourceURLs: listOf(groups), verbs: listOf(verbs) };
      const apiGroups = groups === 'rbac' ? [apiGroup] : listOf(groups);
      const only = names === undefined ? {} : { resourceNames: listOf(names) };
      return { apiGroups, resources: listOf(resources), verbs: listOf(verbs), ...only };
    });
}

export function rbacRule(resources: string, verbs = '*'): PolicyRule {
  return rule(resources, verbs, { apiGroups: [apiGroup] });
}

export const everything = rule('*', '*', { apiGroups: ['*'] });

/** The rule about nodes in the role of profile `apiserver`. */
export const pairRule = rule('nodes/proxy,nodes/stats,nodes/log,nodes/spec,nodes/metrics', '*');

interface Metadata {
  readonly labels?: Record<string, string>;
  readonly annotations?: Record<string, string>;
}

/** Labels and annotations that grant writes to a binding. */
export function ownMetadata({ expires }: { readonly expires?: string } = {}): Required<Metadata> {
  return {
    labels: { 'app.kubernetes.io/managed-by': 'kubectl-kubeletaccess' },
    annotations: expires === undefined ? {} : { 'kubeletaccess/expires': expires },
  };
}

export function role(
  name: string,
  rules: readonly PolicyRule[],
  metadata: Metadata = {},
): ClusterRole & StoredObject {
  return { apiVersion, kind: 'ClusterRole', metadata: { name, ...metadata }, rules: [...rules] };
}

export function binding(
  name: string,
  roleName: string,
  subjects: readonly RbacSubject[],
  metadata: Metadata = {},
): ClusterRoleBinding & StoredObject {
  return {
    apiVersion,
    kind: 'ClusterRoleBinding',
    metadata: { name, ...metadata },
    roleRef: { apiGroup, kind: 'ClusterRole', name: roleName },
    subjects: [...subjects],
  };
}

export function roleBinding(
  namespace: string,
  name: string,
  { kind = 'ClusterRole', name: roleName }: { readonly kind?: string; readonly name: string },
  subjects: readonly RbacSubject[],
): RoleBinding & StoredObject {
  return {
    apiVersion,
    kind: 'RoleBinding',
    metadata: { namespace, name },
    roleRef: { apiGroup, kind, name: roleName },
    subjects: [...subjects],
  };
}

export function serviceAccount(name: string, namespace: string): StoredObject {
  return { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name, namespace } };
}

export function label(
  { store }: Sandbox,
  resource: string,
  name: string,
  labels: Readonly<Record<string, string>>,
): void {
  const object = store.get(resource, name);
  if (!object) throw new Error(`there is no ${name}`);
  const { metadata } = object;
  const all = { ...metadata.labels, ...labels };
  store.put(resource, { ...object, metadata: { ...metadata, labels: all } });
}

export function put({ store }: Sandbox, ...objects: readonly StoredObject[]): void {
  for (const object of objects) store.put(`${object.kind.toLowerCase()}s`, object);
}

export function bindingIn({ store }: Sandbox, name: string): ClusterRoleBinding | undefined {
  return store.get('clusterrolebindings', name) as ClusterRoleBinding | undefined;
}

/** Calls `act` once, before the API server serves the `nth` request that matches. */
export function onRequest({ apiServer }: Sandbox, line: RegExp, act: () => void, nth = 1): void {
  const requests = apiServer.requests as unknown as {
    push: (...seen: { line: string }[]) => number;
  };
  const push = requests.push.bind(requests);
  let seen = 0;
  requests.push = (...added) => {
    if (added.some((request) => line.test(request.line))) {
      seen += 1;
      if (seen === nth) act();
    }
    return push(...added);
  };
}
