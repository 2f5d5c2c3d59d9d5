import type { Node } from '../objects.ts';
import {
  endpointList,
  fineGrainedSince,
  type KubeletEndpoint,
  type Method,
  type NodeSubresource,
} from './endpoints.ts';

/**
 * The permissions that a kubelet checks for a request. It checks the verb on each `nodes/SUBRESOURCE` in order, until one is
 * allowed.
 */
export interface KubeletAttributes {
  /** RBAC verb; empty for methods such as HEAD and OPTIONS, which only a rule with verb `*` allows. */
  readonly verb: string;
  readonly subresources: readonly NodeSubresource[];
}

export const verbs = {
  GET: 'get',
  POST: 'create',
  PUT: 'update',
  PATCH: 'patch',
  DELETE: 'delete',
} as const satisfies Record<Method, string>;

export type KubeletVerb = (typeof verbs)[Method];

/**
 * Returns the permissions that a kubelet checks, like `GetRequestAttributes` of kubernetes `pkg/kubelet/server/auth.go`. `minor` is
 * the minor version of the kubelet (nodeInfo.kubeletVersion), not of the API server.
 */
export function kubeletAttributes(method: string, path: string, minor: number): KubeletAttributes {
  const verb = Object.entries(verbs).find(([name]) => name === method)?.[1] ?? '';
  const endpoint = endpointsByRoot.get(rootOf(path.split('?', 1)[0] ?? ''));
  return { verb, subresources: endpoint ? checkedBy(endpoint, minor) : ['proxy'] };
}

export function methodOf(verb: string): Method | undefined {
  return (Object.keys(verbs) as Method[]).find((method) => verbs[method] === verb);
}

/** Returns the first segment of a path, by which kubelets choose permissions: `/metrics` for `/metrics/cadvisor`. */
export function rootOf(path: string): string {
  return path.split('/', 2).join('/');
}

/** The last endpoint of each root. Any endpoint of a root will do, because kubelets check the same permissions for all of them. */
const endpointsByRoot = new Map(endpointList.map((each) => [rootOf(each.path), each]));

function checkedBy({ checks }: KubeletEndpoint, minor: number): readonly NodeSubresource[] {
  return Object.entries(checks).findLast(([since]) => Number(since) <= minor)?.[1] ?? ['proxy'];
}

/** If `minors` is undefined, returns the subresources for all versions. */
export function subresourcesOf(
  endpoint: KubeletEndpoint,
  minors?: readonly number[],
): readonly NodeSubresource[] {
  const lists =
    minors?.map((minor) => checkedBy(endpoint, minor)) ?? Object.values(endpoint.checks);
  return lists.flat();
}

export function fallsBackToProxy(subresource: string, minor: number | undefined): boolean {
  return endpointList.some((endpoint) => {
    const lists =
      minor === undefined ? Object.values(endpoint.checks) : [checkedBy(endpoint, minor)];
    return lists.some(([first, second]) => first === subresource && second === 'proxy');
  });
}

/** Whether a subresource is checked only by kubelets with KubeletFineGrainedAuthz. */
export function isFineGrained(subresource: string): boolean {
  const lists = endpointList.flatMap(({ checks }) => Object.entries(checks));
  const since = lists.filter(([, list]) => list.some((each) => each === subresource));
  return since.length > 0 && since.every(([minor]) => Number(minor) >= fineGrainedSince);
}

export function verbsOf({ methods }: KubeletEndpoint): readonly KubeletVerb[] {
  return methods === 'any' ? Object.values(verbs) : methods.map((method) => verbs[method]);
}

export function formatSubresources(subresources: readonly string[]): string {
  return subresources.map((name) => `nodes/${name}`).join(' or ');
}

/**
 * Returns the minor version, such as `37` for `v1.37.2-vendor.1`. Returns infinity for an unknown version, because it is assumed to be the
 * newest.
 */
export function minorOf(version: string | undefined): number {
  const [, minor] = /^v?1\.(\d+)/.exec(version ?? '') ?? [];
  return minor === undefined ? Number.POSITIVE_INFINITY : Number(minor);
}

export function minorOfNode({ status }: Node): number | undefined {
  const minor = minorOf(status?.nodeInfo?.kubeletVersion);
  return Number.isFinite(minor) ? minor : undefined;
}
