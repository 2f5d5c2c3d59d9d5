import { type Caller, otherEvent, requestEvents, reviewEvent, tokenReviewEvent } from './events.ts';

// Simulates kubelets and kube-apiserver as in pkg/kubelet/server/auth.go of Kubernetes 1.31.14 and 1.37.2, and as measured. This file
// imports nothing from src, so that it does not repeat errors of src.

export interface PlayedNode {
  readonly name: string;
  readonly minor: number;
  /** Whether the kubelet's user agent contains its version. */
  readonly isNamed: boolean;
}

export interface PlayedCaller {
  readonly user: string;
  /** Index of the node that the caller's tokens are bound to; undefined if they are not bound to a node. */
  readonly node?: number | undefined;
  /** Permissions such as `get proxy`; `*` for all permissions. */
  readonly allowed: readonly string[];
}

export interface PlayedCall {
  /** Time since the previous call, in ms. */
  readonly afterMs: number;
  readonly caller: number;
  readonly node: number;
  readonly method: 'GET' | 'POST' | 'HEAD';
  readonly path: string;
  readonly via: 'direct' | 'apiserver';
}

/** A SubjectAccessReview that a kubelet sent. */
export interface PlayedReview {
  readonly atMs: number;
  readonly user: string;
  readonly identity: string;
  readonly node: PlayedNode;
  readonly verb: string;
  readonly subresource: string;
  readonly allowed: boolean;
  /** Whether the kubelet checks finer permissions, but only nodes/proxy allows this path. */
  readonly needsProxy: boolean;
}

interface PlayedRequest {
  readonly user: string;
  readonly node: PlayedNode;
  readonly verb: string;
  readonly allowed: boolean;
}

export interface Played {
  /** Audit events, sorted by time. */
  readonly events: readonly {
    readonly atMs: number;
    readonly node: string;
    readonly event: object;
  }[];
  readonly reviews: readonly PlayedReview[];
  readonly requests: readonly PlayedRequest[];
}

export const paths = [
  ...['/pods', '/runningpods/', '/healthz', '/healthz/ping', '/configz', '/statusz', '/flagz'],
  ...['/stats/summary', '/metrics', '/metrics/cadvisor', '/logs/syslog', '/checkpoint/a/b/c'],
  ...['/containerLogs/a/b/c', '/exec/a/b/c', '/debug/pprof/heap'],
];

const own: Readonly<Record<string, string>> = {
  stats: 'stats',
  metrics: 'metrics',
  logs: 'log',
  checkpoint: 'checkpoint',
};

/** Returns the subresources that a kubelet checks for a path, in order. */
export function checks(path: string, minor: number): readonly string[] {
  const [, first = ''] = path.split('/');
  const always = own[first];
  if (always !== undefined) return [always];
  if (minor < 33) return ['proxy'];
  if (first === 'pods' || first === 'runningpods') return ['pods', 'proxy'];
  if (first === 'healthz' || first === 'configz') return [first, 'proxy'];
  if (first === 'statusz') return minor < 36 ? ['statusz', 'proxy'] : ['statusz'];
  if (first === 'flagz') return minor < 36 ? ['proxy'] : ['configz'];
  return ['proxy'];
}

const verbs = { GET: 'get', POST: 'create', HEAD: '' } as const;
const rememberedMs = { allowed: 300_000, denied: 30_000 };
const tokenMs = 3_000_000;

export const kubeletClient = 'kube-apiserver-kubelet-client';

/** Simulates the calls from `startMs` on. Returns the events of the audit log, and the reviews and requests that it must show. */
export function play(
  nodes: readonly PlayedNode[],
  callers: readonly PlayedCaller[],
  calls: readonly PlayedCall[],
  startMs: number,
): Played {
  const events: { atMs: number; node: string; event: object }[] = [];
  const reviews: PlayedReview[] = [];
  const requests: PlayedRequest[] = [];
  const caches = new Map(
    nodes.map(({ name }) => [name, new Map<string, { allowed: boolean; untilMs: number }>()]),
  );
  const client: PlayedCaller = { user: kubeletClient, allowed: ['*'] };
  let nowMs = startMs;
  const tick = () => {
    nowMs += 2;
    return nowMs;
  };
  const add = (node: string, ...some: readonly object[]) => {
    for (const event of some) events.push({ atMs: nowMs, node, event });
  };

  function ask(caller: PlayedCaller, node: PlayedNode, method: PlayedCall['method'], path: string) {
    const verb = verbs[method];
    const identity = identityOf(caller, nodes, nowMs);
    const key = JSON.stringify(identity);
    add(node.name, tokenReviewEvent(nowMs, node.name, 'ey-secret-token'));
    const asked = checks(path, node.minor);
    for (const subresource of asked) {
      const cache = caches.get(node.name);
      const remembered = cache?.get(`${key} ${verb} ${subresource}`);
      const isKnown = remembered && remembered.untilMs > nowMs;
      const allowed = isKnown ? remembered.allowed : mayUse(caller, verb, subresource);
      if (!isKnown) {
        const atMs = tick();
        const untilMs = atMs + rememberedMs[allowed ? 'allowed' : 'denied'];
        cache?.set(`${key} ${verb} ${subresource}`, { allowed, untilMs });
        reviews.push({
          ...{ atMs, user: caller.user, identity: key, node, verb, subresource, allowed },
          needsProxy: node.minor >= 33 && asked[0] === 'proxy',
        });
        const version = node.isNamed ? `v1.${node.minor}.1` : 'v0.0.0';
        const by = ['of-it', 'role-of-it'] as const;
        const event = { atMs, node: node.name, caller: identity, verb, subresource, allowed };
        add(node.name, reviewEvent({ ...event, by, version }));
      }
      if (allowed) return;
    }
  }

  for (const { name } of nodes) add(name, otherEvent(nowMs));
  for (const call of calls) {
    nowMs += call.afterMs;
    const node = nodes[call.node % nodes.length];
    const caller = callers[call.caller % callers.length];
    if (!node || !caller) continue;
    add(node.name, otherEvent(nowMs));
    if (call.via === 'direct') {
      ask(caller, node, call.method, call.path);
      continue;
    }
    // The API server uses the verb get for HEAD.
    const verb = verbs[call.method] || 'get';
    const allowed = mayUse(caller, verb, 'proxy');
    const atMs = tick();
    requests.push({ user: caller.user, node, verb, allowed });
    const { user } = caller;
    const { path } = call;
    add(
      node.name,
      ...requestEvents({ atMs, node: node.name, caller: { user }, verb, path, allowed }),
    );
    if (allowed) ask(client, node, call.method, path);
  }
  return { events, reviews, requests };
}

function mayUse({ allowed }: PlayedCaller, verb: string, subresource: string): boolean {
  return allowed.includes('*') || allowed.includes(`${verb} ${subresource}`);
}

/** Returns the caller with the ID of its current credential. The token of a service account changes every 50 minutes. */
function identityOf(
  { user, node }: PlayedCaller,
  nodes: readonly PlayedNode[],
  atMs: number,
): Caller {
  const name = node === undefined ? undefined : nodes[node % nodes.length]?.name;
  const isAccount = user.startsWith('system:serviceaccount:');
  const credential = isAccount ? `JTI=${user}-${Math.floor(atMs / tokenMs)}` : `X509SHA256=${user}`;
  return {
    user,
    groups: ['system:authenticated'],
    extra: {
      ...(name === undefined ? {} : { 'authentication.kubernetes.io/node-name': [name] }),
      'authentication.kubernetes.io/credential-id': [credential],
    },
  };
}
