import type { Use } from '../../kubelet/audit-log/tally.ts';
import { fallsBackToProxy } from '../../kubelet/authorization.ts';
import { formatSubject } from '../../rbac/subject.ts';
import type { View } from '../../text/column.ts';
import { counted } from '../../text/list.ts';
import { compareTexts } from '../../text/sort-rows.ts';

/** A permission on kubelets that a caller used, or tried to use. Unknown fields are absent. */
export interface WhoUsedRow {
  /** The caller, such as serviceaccount:monitoring:agent. */
  readonly subject: string;
  /** The permission, such as `get nodes/proxy`; `(no verb) nodes/proxy` for methods such as HEAD and OPTIONS. */
  readonly permission: string;
  /**
   * `direct`: requests to kubelets, which ask the API server for permission. `apiserver`: requests through the node proxy of the API
   * server.
   */
  readonly via: 'direct' | 'apiserver';
  /** `both`: the answer differed between times, nodes or pods. */
  readonly answer: 'allowed' | 'denied' | 'both' | undefined;
  /** @asType integer */
  readonly nodeCount: number;
  /** `own-only` if all calls were to the node that the caller's token is bound to. */
  readonly nodeScope: 'own-only' | 'others' | undefined;
  /**
   * How many access reviews kubelets sent to the API server. The caller may have sent more requests, because kubelets cache answers.
   * @asType integer
   */
  readonly reviewCount: number | undefined;
  /** How often the caller sent requests through the API server. @asType integer */
  readonly requestCount: number | undefined;
  /** Permissions that would have been enough for the requests in the log, such as `get nodes/pods` and `get nodes/healthz`. */
  readonly sufficientPermissions: readonly string[] | undefined;
  /** Reason for `sufficientPermissions`, or why it is unknown. */
  readonly reason: string;
  /** Permissions that would be enough for the same requests sent to kubelets directly. */
  readonly sufficientDirectPermissions: readonly string[] | undefined;
  /** ClusterRoleBindings that allowed the calls. */
  readonly clusterRoleBindings: readonly string[] | undefined;
  readonly clusterRoles: readonly string[] | undefined;
  /** Names of the called nodes. */
  readonly nodeNames: readonly string[];
  /** @format date-time */
  readonly firstSeen: string;
  /** @format date-time */
  readonly lastSeen: string;
  /** Whether the caller is kube-apiserver, which calls kubelets for kubectl logs, exec and the node proxy. */
  readonly kubeletClient: boolean;
}

/** Rows of kube-apiserver come last. */
export function whoUsedRows(uses: readonly Use[]): readonly WhoUsedRow[] {
  return uses
    .map(rowOf)
    .sort(
      (a, b) =>
        Number(a.kubeletClient) - Number(b.kubeletClient) ||
        compareTexts(a.subject, b.subject) ||
        compareTexts(b.via, a.via) ||
        compareTexts(a.permission, b.permission),
    );
}

function rowOf(use: Use): WhoUsedRow {
  const { via, verb, subresource, count, nodes, isOwnNode, isKubeletClient } = use;
  return {
    subject: formatSubject(use.subject),
    permission: `${verb || '(no verb)'} nodes/${subresource}`,
    via,
    answer: answerOf(use),
    nodeCount: nodes.length,
    nodeScope: isOwnNode === undefined ? undefined : isOwnNode ? 'own-only' : 'others',
    reviewCount: via === 'direct' ? count : undefined,
    requestCount: via === 'apiserver' ? count : undefined,
    sufficientPermissions: needed(verb, isKubeletClient ? [subresource] : use.enough),
    reason: reasonOf(use),
    sufficientDirectPermissions: needed(verb, use.direct),
    clusterRoleBindings: listed(use.bindings),
    clusterRoles: listed(use.roles),
    nodeNames: nodes.toSorted(compareTexts),
    firstSeen: new Date(use.firstMs).toISOString(),
    lastSeen: new Date(use.lastMs).toISOString(),
    kubeletClient: isKubeletClient,
  };
}

function answerOf({ allowed, denied }: Use): WhoUsedRow['answer'] {
  if (allowed > 0 && denied > 0) return 'both';
  return allowed > 0 ? 'allowed' : denied > 0 ? 'denied' : undefined;
}

/** A request without a verb needs the verb `*`. */
function needed(verb: string, subresources: readonly string[]): readonly string[] | undefined {
  return listed(subresources.toSorted(compareTexts).map((each) => `${verb || '*'} nodes/${each}`));
}

function listed(texts: readonly string[]): readonly string[] | undefined {
  return texts.length > 0 ? texts : undefined;
}

function reasonOf({ via, subresource, enough, doubts, isKubeletClient }: Use): string {
  if (isKubeletClient) return 'kube-apiserver itself';
  if (via === 'apiserver') return 'the API server checks nodes/proxy for every path';
  if (subresource !== 'proxy')
    return fallsBackToProxy(subresource, undefined) ? 'asked for, before nodes/proxy' : 'asked for';
  if (enough.includes('proxy')) return 'asked for alone';
  if (enough.length > 0) return 'asked for after a denial of these';
  const byDoubt = Map.groupBy(doubts.values(), (doubt) => doubt);
  return [...byDoubt]
    .map(([doubt, { length }]) => `${doubt} (${counted(length, 'node')})`)
    .join(', ');
}

export const whoUsedView: View<WhoUsedRow> = {
  kind: 'KubeletUseList',
  columns: [
    { head: 'SUBJECT', key: 'subject', unit: 'text' },
    { head: 'PERMISSION', key: 'permission', unit: 'text' },
    { head: 'VIA', key: 'via', unit: 'text' },
    { head: 'ANSWER', key: 'answer', unit: 'text', absent: '<unknown>' },
    { head: 'NODES', key: 'nodeCount', unit: 'count' },
    { head: 'WHICH', key: 'nodeScope', unit: 'text' },
    { head: 'REVIEWS', key: 'reviewCount', unit: 'count' },
    { head: 'REQUESTS', key: 'requestCount', unit: 'count' },
    { head: 'ENOUGH', key: 'sufficientPermissions', unit: 'text', absent: '<unknown>' },
    { head: 'BECAUSE', key: 'reason', unit: 'text', wide: true },
    { head: 'ENOUGH DIRECTLY', key: 'sufficientDirectPermissions', unit: 'text', wide: true },
    { head: 'THROUGH', key: 'clusterRoleBindings', unit: 'text', wide: true },
    { head: 'ROLE', key: 'clusterRoles', unit: 'text', wide: true },
    { head: 'FIRST SEEN', key: 'firstSeen', unit: 'text', wide: true },
    { head: 'LAST SEEN', key: 'lastSeen', unit: 'text', wide: true },
    { head: 'KUBELET CLIENT', key: 'kubeletClient', unit: 'text', wide: true },
    { head: 'NAMES', key: 'nodeNames', unit: 'text', wide: true },
  ],
};
