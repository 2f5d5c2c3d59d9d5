import type { Use } from '../../kubelet/audit-log/tally.ts';
import type { KubeletUsage } from '../../kubelet/audit-log/usage.ts';
import { denialTtl, permissionTtl } from '../../kubelet/authorization-cache.ts';
import { formatSubject } from '../../rbac/subject.ts';
import { counted, summarize } from '../../text/list.ts';
import type { ReadLog } from '../shared/audit-log/gather-usage.ts';

export const auditPolicyRules = `- level: RequestResponse # who called which kubelet, and the answer
  userGroups: ["system:nodes"]
  verbs: ["create"]
  resources: [{ group: authorization.k8s.io, resources: [subjectaccessreviews] }]
- level: Metadata # calls through the API server
  resources: [{ group: "", resources: ["nodes/proxy"] }]
- level: Metadata # never more: the request holds the token
  resources: [{ group: authentication.k8s.io, resources: [tokenreviews] }]
`;

export interface Notes {
  readonly lines: readonly string[];
  readonly isIncomplete: boolean;
}

export function notesOf(usage: KubeletUsage, logs: readonly ReadLog[]): Notes {
  const warnings = [...logs.flatMap(unreadOf), ...unknownOf(usage)];
  const lacksBodies = usage.bodiless > 0 || usage.unanswered > 0 || usage.reviews === 0;
  return {
    lines: [
      ...warnings.map((warning) => `warning: ${warning}`),
      ...[...logs.flatMap(skippedOf), ...explained(usage)].map((note) => `note: ${note}`),
      ...(lacksBodies
        ? [
            'hint: rules for the audit policy, before all others:',
            ...auditPolicyRules.trimEnd().split('\n'),
          ]
        : []),
    ],
    isIncomplete: warnings.length > 0,
  };
}

function unreadOf({ name, broken, tooLong, isDamaged }: ReadLog): readonly string[] {
  return [
    ...(broken > 0 ? [`${name}: ${lines(broken)} could not be read as JSON`] : []),
    ...(tooLong > 0 ? [`${name}: ${lines(tooLong)} longer than 64Mi not read`] : []),
    ...(isDamaged ? [`${name}: the gzip data is cut or damaged, and was read up to there`] : []),
  ];
}

function skippedOf({ name, others, isCut, isEmpty }: ReadLog): readonly string[] {
  return [
    ...(isEmpty ? [`${name} is empty`] : []),
    ...(others > 0 ? [`${name}: skipped ${lines(others)} without an audit event`] : []),
    ...(isCut ? [`${name}: the last line is cut`] : []),
  ];
}

function unknownOf(usage: KubeletUsage): readonly string[] {
  const { reviews, bodiless, unanswered, unreadable, isLimited } = usage;
  const { count, problem } = unreadable;
  return [
    bodiless > 0
      ? `${counted(bodiless, 'review')} by nodes without a body: unknown who called (audit level Metadata)`
      : [],
    reviews === 0 && bodiless === 0
      ? 'no review by a kubelet: unknown who called kubelets directly'
      : [],
    unanswered > 0
      ? `${counted(unanswered, 'review')} without an answer (audit level Request, or a failed request)`
      : [],
    count > 0 ? `${counted(count, 'event')} could not be read: ${problem}` : [],
    isLimited
      ? 'more callers, permissions or nodes than are kept, the first are listed: select with --subject'
      : [],
  ].flat();
}

function explained({ uses, foreign }: KubeletUsage): readonly string[] {
  const isSeen = (test: (use: Use) => boolean) => uses.some(test);
  const clients = uses.filter(({ isKubeletClient }) => isKubeletClient);
  const names = [...new Set(clients.map(({ subject }) => formatSubject(subject)))];
  const others = [...foreign].map(([user, count]) => `${user} (${count})`);
  return [
    isSeen(({ via }) => via === 'direct')
      ? `REVIEWS counts questions of kubelets, which remember answers (${permissionTtl} if allowed, ${denialTtl} if denied): the log does not have each call, nor its path`
      : [],
    isSeen(mayHide)
      ? `while a kubelet remembers that it allowed nodes/proxy (${permissionTtl}), exec, container logs and pprof by the same caller leave no trace: add what is ENOUGH, and see whether nodes/proxy is still asked for`
      : [],
    isSeen(({ enough, isKubeletClient }) => enough.length === 0 && !isKubeletClient)
      ? 'ENOUGH is unknown where nothing shows what nodes/proxy was for: -o wide'
      : [],
    names.length > 0
      ? `${summarize(names, 3)} is kube-apiserver itself: kubectl logs, exec, and the node proxy`
      : [],
    others.length > 0
      ? `not counted, as no kubelet asked about itself: reviews by ${summarize(others, 3)}`
      : [],
  ].flat();
}

/** Whether a cached answer of kubelets may hide calls that need nodes/proxy. */
function mayHide({ via, subresource, allowed, enough, isKubeletClient }: Use): boolean {
  const isProxy = via === 'direct' && subresource === 'proxy' && allowed > 0 && !isKubeletClient;
  return isProxy && enough.length > 0 && !enough.includes('proxy');
}

function lines(count: number): string {
  return counted(count, 'line');
}
