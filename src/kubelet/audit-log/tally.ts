import type { RbacSubject } from '../../objects.ts';
import { knownNames } from '../../rbac/names.ts';
import { notKubeletClient, subjectOf } from '../../rbac/subject.ts';
import { fineGrainedSince } from '../endpoints.ts';
import { kubeletClientNames } from '../flavours.ts';
import type { KubeletReview, ProxyRequest } from './entries.ts';
import type { ProxyVerdict } from './judge-proxy.ts';

type Doubt =
  /** The kubelet is too old to check finer permissions than nodes/proxy. */
  | 'kubelet before 1.33'
  /** Neither the user agent nor the reviews of the kubelet show its version. */
  | 'unknown kubelet version'
  | 'log begins too late';

export interface Use {
  readonly subject: RbacSubject;
  /**
   * `direct`: requests sent directly to kubelets, which ask the API server for a decision. `apiserver`: requests through the API
   * server's node proxy.
   */
  readonly via: 'direct' | 'apiserver';
  /** Empty for methods such as HEAD and OPTIONS. */
  readonly verb: string;
  readonly subresource: string;
  /** Whether the caller is kube-apiserver, which calls kubelets for others. */
  readonly isKubeletClient: boolean;
  /** With `direct`: number of reviews that kubelets sent. With `apiserver`: number of requests. */
  readonly count: number;
  readonly allowed: number;
  readonly denied: number;
  /** Time of the first call, in ms since 1970. */
  readonly firstMs: number;
  readonly lastMs: number;
  readonly nodes: readonly string[];
  /** Whether every call was to the node that the caller's token is bound to; undefined if unknown. */
  readonly isOwnNode: boolean | undefined;
  readonly bindings: readonly string[];
  readonly roles: readonly string[];
  /** Subresources whose permissions would have been enough for all calls in the log; empty if unknown. */
  readonly enough: readonly string[];
  /** For each node that makes `enough` unknown, the reason. */
  readonly doubts: ReadonlyMap<string, Doubt>;
  /**
   * With `apiserver`: subresources whose permissions would be enough if the caller sent the same requests directly to
   * kubelets.
   */
  readonly direct: readonly string[];
}

/** Facts about a node that its SubjectAccessReviews of nodes/proxy show. Each fact is one bit. */
const shown = { newer: 1, older: 2, unversioned: 4, early: 8, fallback: 16 } as const;

export type UseTally = ReturnType<typeof newTally>;

export function newTally(
  { user, verb, atMs }: KubeletReview | ProxyRequest,
  via: Use['via'],
  subresource: string,
) {
  return {
    use: { subject: subjectOf(user), via, verb, subresource },
    ...{ allowed: 0, denied: 0, count: 0, firstMs: atMs, lastMs: atMs },
    nodes: new Map<string, number>(),
    /** Numbers of calls to the node that the caller's token is bound to, and to other nodes. */
    ...{ own: 0, others: 0 },
    bindings: new Set<string>(),
    roles: new Set<string>(),
    finer: new Set<string>(),
  };
}

export function countEntry(tally: UseTally, entry: KubeletReview | ProxyRequest): void {
  const { atMs, answer, reason, groups } = entry;
  tally.count += 1;
  if (answer === 'denied') tally.denied += 1;
  tally.firstMs = Math.min(tally.firstMs, atMs);
  tally.lastMs = Math.max(tally.lastMs, atMs);
  if (answer === 'allowed') {
    tally.allowed += 1;
    addReason(tally, reason, groups);
  }
  if (entry.kind === 'request') tally.finer.add(entry.direct);
  else if (entry.callerNode === entry.node) tally.own += 1;
  else if (entry.callerNode !== undefined) tally.others += 1;
}

const mostNames = 20;

/** Adds the binding and role that the authorizer's reason names. For members of system:masters, the authorizer gives no reason. */
function addReason({ bindings, roles }: UseTally, reason: string, groups: readonly string[]): void {
  if (bindings.size >= mostNames) return;
  const [, binding, role] =
    /^RBAC: allowed by ClusterRoleBinding "([^"]{1,300})" of ClusterRole "([^"]{1,300})" to /.exec(
      reason,
    ) ?? [];
  if (binding !== undefined && role !== undefined) {
    bindings.add(binding);
    roles.add(role);
  } else if (reason === '' && groups.includes('system:masters')) bindings.add('system:masters');
}

export function bitsOf({ minor }: KubeletReview, verdict: ProxyVerdict): number {
  if (typeof verdict === 'object') return shown.fallback;
  // In 1.32, a feature gate may switch on the checks of finer permissions that are on by default since 1.33.
  if (minor !== undefined && minor < fineGrainedSince - 1) return shown.older;
  if (verdict === 'unseen') return shown.early;
  if (minor === undefined) return shown.unversioned;
  return minor >= fineGrainedSince ? shown.newer : shown.older | shown.unversioned;
}

/**
 * Returns `needed` if the calls to a node needed nodes/proxy, or the doubt that makes this unknown. Returns undefined if finer permissions
 * would have been enough, because the kubelet checked them first.
 */
function needOf(bits: number, isFine: boolean): Doubt | 'needed' | undefined {
  if (bits & shown.newer || (bits & shown.unversioned && isFine)) return 'needed';
  if (bits & shown.fallback) return undefined;
  if (bits & shown.older) return 'kubelet before 1.33';
  return bits & shown.unversioned ? 'unknown kubelet version' : 'log begins too late';
}

export function useOf(tally: UseTally, fineNodes: ReadonlySet<string>): Use {
  const { use, nodes, own, others, count, allowed, denied, firstMs, lastMs, finer } = tally;
  const isJudged = use.via === 'direct' && use.subresource === 'proxy';
  const needs = isJudged
    ? [...nodes].map(([node, bits]) => [node, needOf(bits, fineNodes.has(node))] as const)
    : [];
  const isNeeded = !isJudged || needs.some(([, need]) => need === 'needed');
  const doubts = needs.flatMap(([node, need]) =>
    isNeeded || need === undefined || need === 'needed' ? [] : [[node, need] as const],
  );
  const enough = isNeeded ? [use.subresource] : doubts.length > 0 ? [] : [...finer];
  return {
    ...use,
    ...{ count, allowed, denied, firstMs, lastMs, enough },
    isKubeletClient: isKubeletClient(tally),
    nodes: [...nodes.keys()],
    isOwnNode: others > 0 ? false : own === count ? true : undefined,
    bindings: [...tally.bindings],
    roles: [...tally.roles],
    doubts: new Map(doubts),
    direct: use.via === 'apiserver' ? [...finer] : [],
  };
}

function isKubeletClient({ use: { subject, via }, roles }: UseTally): boolean {
  if (via !== 'direct' || subject.kind !== 'User') return false;
  if (notKubeletClient(subject.name) !== undefined) return false;
  return kubeletClientNames.includes(subject.name) || clientRoles.some((role) => roles.has(role));
}

const clientRoles: readonly string[] = [knownNames.role, 'system:kubelet-api-admin'];
