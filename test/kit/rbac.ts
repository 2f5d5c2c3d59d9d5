import type { Sandbox } from '../sandbox/sandbox.ts';

const group = 'rbac.authorization.k8s.io';

export const knownRole = 'system:kube-apiserver-to-kubelet';
export const knownBinding = 'system:kube-apiserver';

/** What the known role holds. */
export const pairRule = rule([
  'nodes/proxy',
  'nodes/stats',
  'nodes/log',
  'nodes/spec',
  'nodes/metrics',
]);

export function rule(resources: readonly string[], verbs: readonly string[] = ['*']) {
  return { apiGroups: [''], resources, verbs };
}

/** Rights on roles and bindings. */
export function rbacRule(verbs: readonly string[], ...resources: readonly string[]) {
  return { apiGroups: [group], resources, verbs };
}

export function userOf(name: string) {
  return { apiGroup: group, kind: 'User', name };
}

export function groupOf(name: string) {
  return { apiGroup: group, kind: 'Group', name };
}

export function putRole(
  { store }: Sandbox,
  name: string,
  rules: readonly object[],
  metadata: object = {},
): void {
  const common = { apiVersion: `${group}/v1`, kind: 'ClusterRole' };
  store.put('clusterroles', { ...common, metadata: { name, ...metadata }, rules });
}

export function putBinding(
  { store }: Sandbox,
  name: string,
  role: string,
  subjects: readonly object[],
  metadata: object = {},
): void {
  store.put('clusterrolebindings', {
    apiVersion: `${group}/v1`,
    kind: 'ClusterRoleBinding',
    metadata: { name, ...metadata },
    roleRef: { apiGroup: group, kind: 'ClusterRole', name: role },
    subjects,
  });
}

export interface Binding {
  readonly metadata: {
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly roleRef: { readonly name: string };
  readonly subjects: readonly object[];
}

export function bindingIn({ store }: Sandbox, name: string): Binding | undefined {
  return store.get('clusterrolebindings', name) as unknown as Binding | undefined;
}

/** Does something once, as a request comes in whose line matches, and before it is served. */
export function onRequest({ apiServer }: Sandbox, line: RegExp, act: () => void): void {
  const requests = apiServer.requests as unknown as {
    push: (...seen: { line: string }[]) => number;
  };
  const push = requests.push.bind(requests);
  let waiting = true;
  requests.push = (...seen) => {
    if (waiting && seen.some((request) => line.test(request.line))) {
      waiting = false;
      act();
    }
    return push(...seen);
  };
}
