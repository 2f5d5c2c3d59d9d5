import type { Use } from '../../kubelet/audit-log/tally.ts';
import { fallsBackToProxy } from '../../kubelet/authorization.ts';
import { formatSubject } from '../../rbac/subject.ts';
import { counted } from '../../text/list.ts';
import { compareTexts } from '../../text/sort-rows.ts';
import {
  always,
  countField,
  type ListView,
  textField,
  wide,
  wideAlways,
} from '../shared/rows/fields.ts';

/** Sorts uses by caller and permission. Uses of kube-apiserver come last. */
export function sortUses(uses: readonly Use[]): readonly Use[] {
  return uses.toSorted(
    (a, b) =>
      Number(a.isKubeletClient) - Number(b.isKubeletClient) ||
      compareTexts(formatSubject(a.subject), formatSubject(b.subject)) ||
      compareTexts(b.via, a.via) ||
      compareTexts(permissionOf(a), permissionOf(b)),
  );
}

function permissionOf({ verb, subresource }: Use): string {
  return `${verb || '(no verb)'} nodes/${subresource}`;
}

const answers = ['allowed', 'denied', 'both'] as const;

function answerOf({ allowed, denied }: Use): (typeof answers)[number] | undefined {
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

const time = { ...wideAlways, type: 'time' } as const;

export const whoUsedView: ListView<Use> = {
  kind: 'KubeletUseList',
  about: 'A permission on kubelets that a caller used, or tried to use. Unknown fields are absent.',
  document: {
    title: 'Who called kubelets',
    intro:
      'A kubelet runs the containers of one machine (a node) of a Kubernetes cluster. Each row is a permission on kubelets that a caller used, or tried to use, as audit logs record it.',
  },
  columns: [
    textField('SUBJECT', 'subject', ({ subject }) => formatSubject(subject), {
      ...always,
      about: 'The caller, such as serviceaccount:monitoring:agent.',
    }),
    textField('PERMISSION', 'permission', permissionOf, {
      ...always,
      about:
        'The permission, such as `get nodes/proxy`; `(no verb) nodes/proxy` for methods such as HEAD and OPTIONS.',
    }),
    textField('VIA', 'via', ({ via }) => via, {
      ...always,
      type: ['direct', 'apiserver'],
      about:
        '`direct`: requests to kubelets, which ask the API server for permission. `apiserver`: requests through the node proxy of the API server.',
    }),
    textField('ANSWER', 'answer', answerOf, {
      absent: '<unknown>',
      type: answers,
      about: '`both`: the answer differed between times, nodes or pods.',
    }),
    countField('NODES', 'nodeCount', ({ nodes }) => nodes.length, always),
    textField(
      'WHICH',
      'nodeScope',
      ({ isOwnNode }) => (isOwnNode === undefined ? undefined : isOwnNode ? 'own-only' : 'others'),
      {
        type: ['own-only', 'others'],
        about: "`own-only` if all calls were to the node that the caller's token is bound to.",
      },
    ),
    countField(
      'REVIEWS',
      'reviewCount',
      ({ via, count }) => (via === 'direct' ? count : undefined),
      {
        about:
          'How many access reviews kubelets sent to the API server. The caller may have sent more requests, because kubelets cache answers.',
      },
    ),
    countField(
      'REQUESTS',
      'requestCount',
      ({ via, count }) => (via === 'apiserver' ? count : undefined),
      { about: 'How often the caller sent requests through the API server.' },
    ),
    textField(
      'ENOUGH',
      'sufficientPermissions',
      ({ verb, isKubeletClient, subresource, enough }) =>
        needed(verb, isKubeletClient ? [subresource] : enough),
      {
        absent: '<unknown>',
        type: 'texts',
        about:
          'Permissions that would have been enough for the requests in the log, such as `get nodes/pods` and `get nodes/healthz`.',
      },
    ),
    textField('BECAUSE', 'reason', reasonOf, {
      ...wideAlways,
      about: 'Reason for `sufficientPermissions`, or why it is unknown.',
    }),
    textField(
      'ENOUGH DIRECTLY',
      'sufficientDirectPermissions',
      ({ verb, direct }) => needed(verb, direct),
      {
        ...wide,
        type: 'texts',
        about: 'Permissions that would be enough for the same requests sent to kubelets directly.',
      },
    ),
    textField('THROUGH', 'clusterRoleBindings', ({ bindings }) => listed(bindings), {
      ...wide,
      type: 'texts',
      about: 'ClusterRoleBindings that allowed the calls.',
    }),
    textField('ROLE', 'clusterRoles', ({ roles }) => listed(roles), { ...wide, type: 'texts' }),
    textField('FIRST SEEN', 'firstSeen', ({ firstMs }) => new Date(firstMs).toISOString(), time),
    textField('LAST SEEN', 'lastSeen', ({ lastMs }) => new Date(lastMs).toISOString(), time),
    textField('KUBELET CLIENT', 'kubeletClient', ({ isKubeletClient }) => isKubeletClient, {
      ...wideAlways,
      type: 'boolean',
      about:
        'Whether the caller is kube-apiserver, which calls kubelets for kubectl logs, exec and the node proxy.',
    }),
    textField('NAMES', 'nodeNames', ({ nodes }) => nodes.toSorted(compareTexts), {
      ...wideAlways,
      type: 'texts',
      about: 'Names of the called nodes.',
    }),
  ],
};
