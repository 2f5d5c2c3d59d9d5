/** The user that a kubelet authenticated, as in the `spec` of its SubjectAccessReview. */
export interface Caller {
  readonly user: string;
  readonly groups?: readonly string[];
  readonly uid?: string;
  readonly extra?: Readonly<Record<string, readonly string[]>>;
}

export interface ReviewOptions {
  readonly atMs: number;
  readonly node: string;
  readonly caller: Caller;
  /** The verb of the permission, such as `get`; empty for a HEAD request. */
  readonly verb?: string;
  readonly subresource: string;
  readonly allowed: boolean;
  /** The ClusterRoleBinding and ClusterRole that allow the request. */
  readonly by?: readonly [binding: string, role: string] | undefined;
  /** Version of the kubelet, such as `v1.37.2`. */
  readonly version?: string;
  readonly id?: string;
}

const stamp = (ms: number, us = 433) =>
  new Date(ms).toISOString().replace('Z', `${String(us).padStart(3, '0')}Z`);

let ids = 0;
const nextId = () => {
  ids += 1;
  return `acd3ba03-e282-461c-8557-${String(ids).padStart(12, '0')}`;
};

/** Returns the audit event of a kubelet's SubjectAccessReview at level RequestResponse. kube-apiserver 1.37.2 wrote such events. */
export function reviewEvent(options: ReviewOptions) {
  const { atMs, node, caller, verb = 'get', subresource, allowed, by } = options;
  const spec = {
    resourceAttributes: {
      ...(verb === '' ? {} : { verb }),
      version: 'v1',
      resource: 'nodes',
      subresource,
      name: node,
    },
    ...caller,
  };
  const [, namespace = '', account = ''] =
    /^system:serviceaccount:([^:]+):([^:]+)$/.exec(caller.user) ?? [];
  const to = account === '' ? `User "${caller.user}"` : `ServiceAccount "${account}/${namespace}"`;
  const reason =
    by && `RBAC: allowed by ClusterRoleBinding "${by[0]}" of ClusterRole "${by[1]}" to ${to}`;
  return {
    kind: 'Event',
    apiVersion: 'audit.k8s.io/v1',
    level: 'RequestResponse',
    auditID: options.id ?? nextId(),
    stage: 'ResponseComplete',
    verb: 'create',
    user: { username: `system:node:${node}`, groups: ['system:nodes', 'system:authenticated'] },
    userAgent: `kubelet/${options.version ?? 'v1.37.2'} (linux/amd64) kubernetes/$Format`,
    objectRef: {
      resource: 'subjectaccessreviews',
      apiGroup: 'authorization.k8s.io',
      apiVersion: 'v1',
    },
    responseStatus: { metadata: {}, code: 201 },
    requestObject: {
      kind: 'SubjectAccessReview',
      spec,
    },
    responseObject: {
      kind: 'SubjectAccessReview',
      spec,
      status: { allowed, ...(allowed && reason && { reason }) },
    },
    requestReceivedTimestamp: stamp(atMs - 1),
    stageTimestamp: stamp(atMs, 599),
  };
}

export interface RequestOptions {
  readonly atMs: number;
  readonly node: string;
  readonly caller: Caller;
  readonly verb?: string;
  /** The part of the URL path after `/proxy`, such as `/pods`. */
  readonly path: string;
  readonly allowed: boolean;
  readonly by?: readonly [binding: string, role: string] | undefined;
  readonly stages?: readonly string[];
}

/** Returns the events of a request through the API server at level Metadata, one event for each stage. */
export function requestEvents(options: RequestOptions) {
  const { atMs, node, caller, verb = 'get', path, allowed, by } = options;
  const id = nextId();
  const reason =
    by && `RBAC: allowed by ClusterRoleBinding "${by[0]}" of ClusterRole "${by[1]}" to `;
  return (options.stages ?? ['ResponseStarted', 'ResponseComplete']).map((stage, index) => ({
    kind: 'Event',
    apiVersion: 'audit.k8s.io/v1',
    level: 'Metadata',
    auditID: id,
    stage,
    requestURI: `/api/v1/nodes/${node}/proxy${path}`,
    verb,
    user: { username: caller.user, groups: caller.groups ?? ['system:authenticated'] },
    objectRef: { resource: 'nodes', name: node, apiVersion: 'v1', subresource: 'proxy' },
    responseStatus: { metadata: {}, code: allowed ? 200 : 403 },
    requestReceivedTimestamp: stamp(atMs - 1),
    stageTimestamp: stamp(atMs + index, 599),
    annotations: {
      'authorization.k8s.io/decision': allowed ? 'allow' : 'forbid',
      'authorization.k8s.io/reason': allowed ? (reason ?? '') : '',
    },
  }));
}

/** Returns an event of the TokenReview with which a kubelet checks the token of its caller. */
export function tokenReviewEvent(atMs: number, node: string, token: string) {
  return {
    ...{ kind: 'Event', apiVersion: 'audit.k8s.io/v1', level: 'RequestResponse' },
    ...{ auditID: nextId(), stage: 'ResponseComplete', verb: 'create' },
    user: { username: `system:node:${node}`, groups: ['system:nodes'] },
    objectRef: { resource: 'tokenreviews', apiGroup: 'authentication.k8s.io', apiVersion: 'v1' },
    responseStatus: { code: 201 },
    requestObject: { kind: 'TokenReview', spec: { token } },
    responseObject: { kind: 'TokenReview', status: { authenticated: true } },
    requestReceivedTimestamp: stamp(atMs - 1),
    stageTimestamp: stamp(atMs),
  };
}

export function otherEvent(atMs: number) {
  return {
    ...{ kind: 'Event', apiVersion: 'audit.k8s.io/v1', level: 'Metadata', auditID: nextId() },
    ...{ stage: 'ResponseComplete', requestURI: '/api/v1/namespaces/a/pods', verb: 'list' },
    user: { username: 'system:kube-proxy', groups: ['system:authenticated'] },
    objectRef: { resource: 'pods', namespace: 'a', apiVersion: 'v1' },
    responseStatus: { code: 200 },
    requestReceivedTimestamp: stamp(atMs - 1),
    stageTimestamp: stamp(atMs),
  };
}
