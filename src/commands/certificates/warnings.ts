import { briefFailures } from '../../cli/tally.ts';
import { isFound } from '../../known.ts';
import {
  type Expiry,
  isSelfMade,
  judgeExpiry,
  judgeTimeLeft,
  type ShownCertificate,
} from '../../kubelet/certificate.ts';
import {
  type CallerLifetime,
  type CertificateMetrics,
  formatLifetime,
} from '../../kubelet/certificate-metrics.ts';
import { approveRequests, checkRequest, waitingRequest } from '../../kubelet/serving-requests.ts';
import { command } from '../../text/command.ts';
import { dayMs } from '../../text/duration.ts';
import { groupsOf } from '../../text/groups.ts';
import { summarize } from '../../text/list.ts';
import { renderValue } from '../../text/render-value.ts';
import { type CertificateFacts, metricsOf, type NodeCertificate } from './facts.ts';

interface Shown {
  readonly name: string;
  readonly node: string | undefined;
  readonly host: string;
  readonly certificate: ShownCertificate;
}

/** Lines for stderr about certificates that clients cannot verify, now or soon, and requests that wait for approval. */
export function renderWarnings(facts: CertificateFacts, warnDays: number): readonly string[] {
  const shown = facts.nodes.flatMap(({ name, node, host = '', shown: found }) =>
    found ? [{ name, node, host, certificate: found.certificate }] : [],
  );
  return [
    ...aboutDates(shown, facts.now, warnDays),
    ...aboutAuthorities(shown, facts.now, warnDays),
    ...aboutClients(facts, warnDays),
    ...aboutTrust(shown, facts),
    ...aboutNames(shown, facts),
    ...aboutRequests(facts),
    ...aboutVerification(shown),
  ];
}

const mostNames = 5;

/** `warning: node-1, node-2: the serving certificate …`, or nothing without nodes. */
function warning(
  nodes: readonly { readonly name: string }[],
  words: string,
  hints: readonly string[] = [],
): readonly string[] {
  if (nodes.length === 0) return [];
  const names = summarize(nodes, mostNames, ({ name }) => name);
  return [`warning: ${names}: ${words}`, ...hints.map((hint) => `hint: ${hint}`)];
}

function aboutDates(shown: readonly Shown[], now: number, warnDays: number): readonly string[] {
  const expiring = shown.flatMap((each) =>
    judgeExpiry(each.certificate, now, warnDays).map((expiry) => ({ ...each, ...expiry })),
  );
  return [
    ...aboutExpiry('the serving certificate', expiring),
    ...warning(
      shown.filter(({ certificate }) => Date.parse(certificate.notBefore) > now),
      'the serving certificate is not yet valid: the clock of the node or of the client is wrong',
    ),
  ];
}

/** Warns of certificates that have expired, and of the first that will. */
function aboutExpiry(
  subject: string,
  expiring: readonly (Expiry & { readonly name: string })[],
): readonly string[] {
  const soon = expiring.filter(({ leftMs }) => leftMs > 0).sort((a, b) => a.leftMs - b.leftMs);
  return [
    ...warning(
      expiring.filter(({ leftMs }) => leftMs <= 0),
      `${subject} has expired`,
    ),
    ...warning(
      soon,
      `${subject} ${soon[0]?.words}${soon.length > 1 ? ` (first of ${soon.length})` : ''}`,
    ),
  ];
}

/** An authority that expires takes all of its certificates with it. */
function aboutAuthorities(
  shown: readonly Shown[],
  now: number,
  warnDays: number,
): readonly string[] {
  const expiring = shown.flatMap(({ name, certificate }) =>
    certificate.authorities.flatMap((authority) =>
      judgeExpiry(authority, now, warnDays).map(({ words }) => ({ name, words, authority })),
    ),
  );
  return groupsOf(expiring, ({ authority }) => authority.fingerprint).flatMap((group) =>
    warning(group, `the CA ${group[0].authority.name} ${group[0].words}`),
  );
}

/** Client certificates: those of kubelets, and those that their callers show them. */
function aboutClients(facts: CertificateFacts, warnDays: number): readonly string[] {
  const { nodes } = facts;
  const reporting = nodes.flatMap((node) => {
    const metrics = metricsOf(node);
    return metrics ? [{ name: node.name, ...metrics }] : [];
  });
  const expiring = reporting
    .flatMap(({ name, clientLeftSeconds: seconds }) =>
      seconds === undefined
        ? []
        : judgeTimeLeft(seconds * 1000, warnDays).map((expiry) => ({ name, ...expiry })),
    )
    .sort((a, b) => a.leftMs - b.leftMs);
  const called = reporting.flatMap(({ name, callers }) =>
    callers && callers.over < warnDays * daySeconds && !isOwn(callers, facts)
      ? [{ name, left: formatLifetime(callers) }]
      : [],
  );
  return [
    ...aboutExpiry('the client certificate of the kubelet', expiring),
    ...aboutRenewals(reporting, 'client', 'clientRenewalErrors'),
    ...aboutRenewals(reporting, 'serving', 'servingRenewalErrors'),
    ...groupsOf(called, ({ left }) => left).flatMap((group) =>
      warning(
        group,
        group[0].left === 'expired'
          ? 'since the kubelet started, a client has shown it a certificate that had expired'
          : `since the kubelet started, a client has shown it a certificate with ${group[0].left} left`,
        [
          "if it is kube-apiserver's (--kubelet-client-certificate): renew it, and restart kube-apiserver",
        ],
      ),
    ),
    ...unknownClients(nodes),
  ];
}

const daySeconds = dayMs / 1000;

function aboutRenewals(
  nodes: readonly ({ readonly name: string } & CertificateMetrics)[],
  which: 'client' | 'serving',
  key: 'clientRenewalErrors' | 'servingRenewalErrors',
): readonly string[] {
  return warning(
    nodes.filter((each) => (each[key] ?? 0) > 0),
    `the kubelet has failed to renew its ${which} certificate since it started`,
    ['kubectl get csr', 'on the node: journalctl -u kubelet -g certificate_manager'],
  );
}

/** Nodes that did not answer at all have a line already; other warnings say why a serving certificate does not verify. */
function unknownClients(nodes: CertificateFacts['nodes']): readonly string[] {
  const silent = nodes.filter((node) => node.shown && lacksClient(node));
  const failed = silent.flatMap(({ reported, shown }) =>
    reported && 'failure' in reported
      ? { ...reported, isTrusted: shown?.certificate.verification.result !== 'refused' }
      : [],
  );
  const about = (group: readonly { readonly name: string }[], why: string) =>
    group.length === 0 ? [] : [`${summarize(group, mostNames, ({ name }) => name)}: ${why}`];
  return [
    ...briefFailures(failed.filter((each) => each.isTrusted)),
    ...about(
      failed.filter((each) => !each.isTrusted),
      'the serving certificate does not verify (kubectl kubeletaccess help trust)',
    ),
    ...about(silent.filter(metricsOf), 'the kubelet reports none, as without rotateCertificates'),
  ].map((words) => `note: client certificates are unknown: ${words}`);
}

/** Whether it is unknown when the client certificate of a kubelet expires that was asked for it. */
export function lacksClient(node: NodeCertificate): boolean {
  return node.reported !== undefined && metricsOf(node)?.clientLeftSeconds === undefined;
}

/** Whether your own certificate may be the one with the least time left: requests of this program are counted too. */
function isOwn({ over, upTo }: CallerLifetime, { ownLeftSeconds }: CertificateFacts): boolean {
  return ownLeftSeconds !== undefined && ownLeftSeconds > 0 && over >= 0 && ownLeftSeconds <= upTo;
}

/** Whether a certificate that a kubelet reports expires within so many days, or one that a client has shown it. */
export function endsWithin(node: NodeCertificate, facts: CertificateFacts, warnDays: number) {
  const metrics = metricsOf(node);
  if (!metrics) return false;
  const { clientLeftSeconds, servingLeftSeconds, callers } = metrics;
  const seconds = warnDays * daySeconds;
  return [
    clientLeftSeconds,
    node.shown ? undefined : servingLeftSeconds,
    callers && !isOwn(callers, facts) ? callers.upTo : undefined,
  ].some((left) => left !== undefined && left <= seconds);
}

function aboutTrust(shown: readonly Shown[], { now }: CertificateFacts): readonly string[] {
  const refused = shown.flatMap((each) => {
    const words = refusalOf(each.certificate, now);
    return words === undefined ? [] : [{ ...each, words }];
  });
  return [
    ...warning(
      shown.filter(
        ({ certificate }) => isSelfMade(certificate) && certificate.authorities.length === 0,
      ),
      'the serving certificate is self-signed: a kube-apiserver with --kubelet-certificate-authority refuses it, and logs and exec fail',
      [
        'set serverTLSBootstrap: true in the KubeletConfiguration, and approve the CSR that the kubelet then makes',
      ],
    ),
    ...[...Map.groupBy(refused, ({ words }) => words)].flatMap(([words, group]) =>
      warning(group, words),
    ),
  ];
}

/** Why a certificate is refused; undefined if other warnings tell. */
function refusalOf(certificate: ShownCertificate, now: number): string | undefined {
  const { verification, issuerName, notAfter, authorities } = certificate;
  if (verification.result !== 'refused') return undefined;
  const { cause, words } = verification;
  switch (cause) {
    case 'name mismatch':
    case 'certificate not yet valid':
    case 'self-signed certificate':
      return undefined;
    case 'certificate expired':
      return [{ notAfter }, ...authorities].some((each) => judgeExpiry(each, now, 0).length > 0)
        ? undefined
        : 'a CA of its chain has expired';
    case 'untrusted CA':
      return isSelfMade(certificate)
        ? undefined
        : `the serving certificate is signed by ${issuerName}, which is not trusted: pass its CA with --kubelet-certificate-authority FILE`;
    default:
      return words;
  }
}

function aboutNames(shown: readonly Shown[], { nodes }: CertificateFacts): readonly string[] {
  const missing = new Map(
    nodes.map(({ name, shown: found }) => [name, found?.names.missing ?? []]),
  );
  // The name of --kubelet-tls-server-name is not an address of a node.
  const isDenied = ({ verification }: ShownCertificate) =>
    verification.result === 'refused' && verification.cause === 'name mismatch';
  const [first, ...rest] = shown.filter(
    ({ name, host, certificate }) => missing.get(name)?.includes(host) || isDenied(certificate),
  );
  const foreign = shown.filter(({ node, certificate }) => {
    const [, other] = /^system:node:(.+)$/s.exec(certificate.name) ?? [];
    return node !== undefined && other !== undefined && other !== node;
  });
  return [
    ...(first
      ? warning(
          [first, ...rest],
          `the serving certificate does not name ${rest.length === 0 ? first.host : `the address of the node (such as ${first.host})`}: clients that verify it refuse it there`,
          first.node === undefined
            ? []
            : ['by which address it verifies: kubectl kubeletaccess certificates --address-types'],
        )
      : []),
    ...warning(
      foreign,
      `the serving certificate belongs to ${foreign.length === 1 ? '' : 'another node, such as '}${foreign[0]?.certificate.name}`,
    ),
  ];
}

function aboutVerification(shown: readonly Shown[]): readonly string[] {
  return shown.some(({ certificate }) => certificate.verification.result === 'not checked')
    ? [
        'note: certificates are not verified: with -k, or without a CA; to verify them: --kubelet-certificate-authority FILE',
      ]
    : [];
}

/** Approving is up to people, or to an approver: it says that a name belongs to a node. */
function aboutRequests({
  nodes,
  requests,
  problems,
  unfetched,
  now,
}: CertificateFacts): readonly string[] {
  if (!isFound(requests)) {
    const { unknown, needs } = requests;
    return [
      `note: pending certificate signing requests are unknown: caller -> API server: ${unknown}${needs === undefined ? '' : ` (needs ${needs})`}`,
    ];
  }
  const waiting = nodes.flatMap(({ node }) => {
    const request = node === undefined ? undefined : waitingRequest(requests.found, node);
    return request ? [{ node, request }] : [];
  });
  const [pending = [], approved = []] = (['pending', 'approved'] as const).map((state) =>
    waiting
      .filter(({ request }) => request.state === state)
      .map(({ node, request: { name, created } }) => {
        const seconds = Math.floor((now - Date.parse(created)) / 1000);
        const age = renderValue(
          Number.isNaN(seconds) ? undefined : Math.max(0, seconds),
          'seconds',
        );
        return { name, node, words: `${name} of ${node}${age === '-' ? '' : `, ${age}`}` };
      }),
  );
  // With a certificate, a kubelet asks again.
  const ended = nodes.flatMap(({ node, shown }) => {
    const newest = node === undefined || shown ? undefined : requests.found.get(node)?.[0];
    const { name = '', state } = newest ?? {};
    return state === 'denied' || state === 'failed'
      ? [{ name, words: `${name} of ${node} (${state})` }]
      : [];
  });
  const [safe = [], unsafe = []] = [true, false].map((wanted) =>
    // A request that was not compared with its node is not safe.
    pending.filter(({ name }) => (problems.get(name)?.length === 0) === wanted),
  );
  const listed = (group: readonly { readonly words: string }[]) =>
    summarize(group, mostNames, ({ words }) => words);
  const namesOf = (group: readonly { readonly name: string }[]) =>
    group.slice(0, mostNames).map(({ name }) => name);
  return [
    ...(pending[0] ? [`warning: waiting for approval: ${listed(pending)}`] : []),
    ...unsafe
      .slice(0, mostNames)
      .map(
        ({ name, node }) =>
          `warning: do not approve ${name} of ${node}: ${problems.get(name)?.join('; ') ?? 'it was not compared with the node'}`,
      ),
    ...(unsafe[0] ? [`hint: what it asks for: ${checkRequest(unsafe[0].name)}`] : []),
    ...(safe[0]
      ? [
          `hint: ${summarize(safe, mostNames, ({ name }) => name)}: ${safe.length > 1 ? 'each ' : ''}asks for names and addresses of its own Node object alone: ${approveRequests(namesOf(safe))}`,
        ]
      : []),
    ...(approved[0]
      ? [
          `warning: approved, and not signed: ${listed(approved)}`,
          command`hint: kubectl describe csr ${namesOf(approved)}`,
        ]
      : []),
    ...(ended[0]
      ? [
          `warning: not issued: ${listed(ended)}`,
          command`hint: why: kubectl describe csr ${namesOf(ended)}`,
        ]
      : []),
    ...(unfetched.length === 0
      ? []
      : [
          `warning: issued, and not in use: ${summarize(unfetched, mostNames, ({ name, node }) => `${name} of ${node}`)}: the kubelet serves another certificate`,
          'hint: on the node: journalctl -u kubelet -g certificate_manager',
        ]),
  ];
}
