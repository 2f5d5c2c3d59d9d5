import * as assert from 'uvu/assert';
import type { CommandLine, Result } from '../kit/tool.ts';
import { waitFor } from '../kit/wait-for.ts';
import type { Caller, World } from './world.ts';

export const rbac = '/apis/rbac.authorization.k8s.io/v1';
export const rolePath = `${rbac}/clusterroles/system:kube-apiserver-to-kubelet`;
export const bindingPath = `${rbac}/clusterrolebindings/system:kube-apiserver`;
export const roleTitle = 'clusterrole.rbac.authorization.k8s.io/system:kube-apiserver-to-kubelet';
export const bindingTitle = 'clusterrolebinding.rbac.authorization.k8s.io/system:kube-apiserver';

/** The role that clusters have had since Kubernetes the Hard Way, with the labels that grant adds. */
export const role = {
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind: 'ClusterRole',
  metadata: {
    name: 'system:kube-apiserver-to-kubelet',
    labels: {
      'kubernetes.io/bootstrapping': 'rbac-defaults',
      'app.kubernetes.io/managed-by': 'kubectl-kubeletaccess',
    },
    annotations: {
      'rbac.authorization.kubernetes.io/autoupdate': 'true',
    },
  },
  rules: [
    {
      apiGroups: [''],
      resources: ['nodes/proxy', 'nodes/stats', 'nodes/log', 'nodes/spec', 'nodes/metrics'],
      verbs: ['*'],
    },
  ],
};
/** The role as `essence` returns it. */
export const grantedRole = { ...role, roleRef: undefined, subjects: undefined };

/** The binding as a client dry run prints it. */
export const binding = {
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind: 'ClusterRoleBinding',
  metadata: {
    name: 'system:kube-apiserver',
    labels: { 'app.kubernetes.io/managed-by': 'kubectl-kubeletaccess' },
    annotations: {
      'kubeletaccess/added': '["user:Kubernetes"]',
    },
  },
  roleRef: {
    apiGroup: 'rbac.authorization.k8s.io',
    kind: 'ClusterRole',
    name: 'system:kube-apiserver-to-kubelet',
  },
  subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'Kubernetes' }],
};

export const apiGroup = 'rbac.authorization.k8s.io';
export const stranger = { apiGroup, kind: 'User', name: 'stranger' };

export async function allRbac(world: World): Promise<unknown> {
  const lists = await Promise.all(
    ['clusterroles', 'clusterrolebindings', 'rolebindings'].map((resource) =>
      world.api('GET', `${rbac}/${resource}`),
    ),
  );
  return lists.map(({ body }) =>
    (body as { items: { metadata: { name: string; resourceVersion: string } }[] }).items.map(
      ({ metadata: { name, resourceVersion } }) => `${name}@${resourceVersion}`,
    ),
  );
}

export async function withUserRules(
  world: World,
  user: string,
  rules: readonly object[],
  use: () => Promise<void>,
): Promise<void> {
  const name = `contract-${user.toLowerCase()}`;
  const roleRef = { ...binding.roleRef, name };
  const subjects = [{ apiGroup, kind: 'User', name: user }];
  await makeRole(world, { ...role, metadata: { name }, rules });
  await makeBinding(world, { ...binding, metadata: { name }, roleRef, subjects });
  try {
    await use();
  } finally {
    await remove(world, `${rbac}/clusterrolebindings/${name}`);
    await remove(world, `${rbac}/clusterroles/${name}`);
  }
}

/** An object without the fields that the server adds. */
export async function essence(world: World, path: string): Promise<unknown> {
  const { apiVersion, kind, metadata, rules, roleRef, subjects } = (await world.api('GET', path))
    .body as typeof role & typeof binding;
  const { name, labels, annotations } = metadata;
  return { apiVersion, kind, metadata: { name, labels, annotations }, rules, roleRef, subjects };
}

/** Waits until an attempt succeeds, which kubelets may deny as long as they cache a denial. */
export const eventually = (world: World, attempt: () => Promise<boolean>) =>
  waitFor('the denial to be forgotten', world.denialCacheMs + 10_000, attempt);

export function textOf({ code, stdout, stderr }: Result): string {
  return `exit ${code}\nstdout: ${stdout.slice(0, 2000)}\nstderr: ${stderr.slice(0, 2000)}`;
}

/** Runs the program, and asserts that it exits with 0. */
export async function succeed(world: World, line: CommandLine, as?: Caller): Promise<Result> {
  const result = await world.tool(typeof line === 'string' ? line.split(' ') : line, as);
  assert.is(result.code, 0, textOf(result));
  return result;
}

type Change = 'created' | 'configured' | 'unchanged' | 'deleted';

export function granted(result: Result, ofRole: Change, ofBinding: Change): void {
  const changes = `${roleTitle} ${ofRole}\n${bindingTitle} ${ofBinding}\n`;
  assert.is(result.stdout, changes, textOf(result));
}

/** Revoke writes in the reverse order of grant. */
export function revoked(result: Result, ofBinding: Change, ofRole: Change): void {
  const changes = `${bindingTitle} ${ofBinding}\n${roleTitle} ${ofRole}\n`;
  assert.is(result.stdout, changes, textOf(result));
}

export async function makeRole(world: World, object: object): Promise<void> {
  const { status, body } = await world.api('POST', `${rbac}/clusterroles`, object);
  assert.is(status, 201, JSON.stringify(body));
}

export async function makeBinding(world: World, object: object): Promise<void> {
  const { status, body } = await world.api('POST', `${rbac}/clusterrolebindings`, object);
  assert.is(status, 201, JSON.stringify(body));
}

export async function remove(world: World, path: string): Promise<void> {
  const { status, body } = await world.api('DELETE', path);
  assert.is(status, 200, JSON.stringify(body));
}

/** Returns the user whose credentials the program uses, such as `user:admin`. */
async function whoAmI(world: World): Promise<string> {
  const group = 'authentication.k8s.io/v1';
  const { body } = await world.api('POST', `/apis/${group}/selfsubjectreviews`, {
    apiVersion: group,
    kind: 'SelfSubjectReview',
  });
  const { status } = body as { readonly status: { readonly userInfo: { username: string } } };
  return `user:${status.userInfo.username}`;
}

/** Returns the binding that grant writes, with the annotation that names the user who ran grant. */
export async function grantedBinding(world: World) {
  const by = await whoAmI(world);
  const annotations = { ...binding.metadata.annotations, 'kubeletaccess/granted-by': by };
  return { ...binding, metadata: { ...binding.metadata, annotations }, rules: undefined };
}
