import { briefFailures } from '../../cli/tally.ts';
import { describeUnknown, isFound } from '../../known.ts';
import {
  type CertificateFault,
  type Expiry,
  firstToExpire,
  isSelfGenerated,
  isTrusted,
  judgeCertificate,
  judgeExpiry,
  judgeTimeLeft,
  type ShownCertificate,
} from '../../kubelet/certificate.ts';
import {
  type CallerLifetime,
  type CertificateMetrics,
  formatLifetime,
} from '../../kubelet/certificate-metrics.ts';
import {
  approveRequests,
  checkRequest,
  type ServingCsr,
  waitingRequest,
} from '../../kubelet/serving-requests.ts';
import { command } from '../../text/command.ts';
import { dayMs } from '../../text/duration.ts';
import { groupsOf } from '../../text/groups.ts';
import { summarize } from '../../text/list.ts';
import { renderValue } from '../../text/render-value.ts';
import { type CertificateFacts, metricsOf, type NodeCertificate } from './facts.ts';

interface Named {
  readonly name: string;
}

interface ShownNode extends Named {
  readonly node: string | undefined;
  readonly host: string;
  readonly certificate: ShownCertificate;
  /** Addresses of the node that the certificate does not name. */
  readonly missing: readonly string[];
  readonly faults: readonly CertificateFault[];
}

/** Renders lines for stderr, such as `warning: node-1, node-2: the serving certificate has expired`. */
export function certificateLines(facts: CertificateFacts, warnDays: number): readonly string[] {
  const { nodes, now } = facts;
  const shown = nodes.flatMap(({ name, node, host = '', shown: found }): ShownNode | [] => {
    if (!found) return [];
    const { certificate, names } = found;
    const { verification } = certificate;
    const refusal = verification.result === 'refused' ? verification.cause : undefined;
    const faults = judgeCertificate(certificate, refusal, now, warnDays);
    return { name, node, host, certificate, missing: names.missing, faults };
  });
  return [
    aboutDates(shown),
    aboutAuthorities(shown, now, warnDays),
    aboutClients(facts, warnDays),
    aboutTrust(shown, now),
    aboutNames(shown),
    aboutRequests(facts),
    shown.some(({ certificate }) => certificate.verification.result === 'not-checked')
      ? 'note: certificates are not verified: with -k, or without a CA; to verify them: --kubelet-certificate-authority FILE'
      : [],
  ].flat();
}

const mostNames = 5;

function warning(
  nodes: readonly Named[],
  message: string,
  commands: readonly string[] = [],
): readonly string[] {
  if (nodes.length === 0) return [];
  return [
    `warning: ${summarize(nodes, mostNames, nameOf)}: ${message}`,
    ...commands.map((hint) => `hint: ${hint}`),
  ];
}

function nameOf({ name }: Named): string {
  return name;
}

function aboutDates(shown: readonly ShownNode[]) {
  const expiring = shown.flatMap(({ name, faults }) =>
    faults.flatMap(({ expiry }) => (expiry ? { name, ...expiry } : [])),
  );
  return [
    aboutExpiry('the serving certificate', expiring),
    warning(
      shown.filter(({ faults }) => hasFault(faults, 'certificate-not-yet-valid')),
      'the serving certificate is not yet valid: the clock of the node or of the client is wrong',
    ),
  ].flat();
}

function hasFault(faults: readonly CertificateFault[], fault: CertificateFault['cause']): boolean {
  return faults.some(({ cause }) => cause === fault);
}

function aboutExpiry(subject: string, expiring: readonly (Expiry & Named)[]) {
  const { soon, words } = firstToExpire(expiring);
  return [
    warning(
      expiring.filter(({ leftMs }) => leftMs <= 0),
      `${subject} has expired`,
    ),
    warning(soon, `${subject} ${words}`),
  ].flat();
}

function aboutAuthorities(shown: readonly ShownNode[], now: number, warnDays: number) {
  const expiring = shown.flatMap(({ name, certificate }) =>
    certificate.authorities.flatMap((authority) =>
      judgeExpiry(authority, now, warnDays).map(({ words }) => ({ name, words, authority })),
    ),
  );
  return groupsOf(expiring, ({ authority }) => authority.fingerprint).flatMap((group) =>
    warning(group, `the CA ${group[0].authority.name} ${group[0].words}`),
  );
}

function aboutClients(facts: CertificateFacts, warnDays: number) {
  const { nodes } = facts;
  const reporting = nodes.flatMap((node) => {
    const metrics = metricsOf(node);
    return metrics ? [{ name: node.name, ...metrics }] : [];
  });
  const expiring = reporting.flatMap(({ name, clientLeftSeconds: seconds }) =>
    seconds === undefined
      ? []
      : judgeTimeLeft(seconds * 1000, warnDays).map((expiry) => ({ name, ...expiry })),
  );
  const called = reporting.flatMap(({ name, callers }) =>
    callers && callers.over < warnDays * daySeconds && !isOwn(callers, facts)
      ? { name, left: formatLifetime(callers) }
      : [],
  );
  return [
    aboutExpiry(
      'the client certificate of the kubelet',
      expiring.toSorted((a, b) => a.leftMs - b.leftMs),
    ),
    aboutRenewals(reporting, 'client', 'clientRenewalErrors'),
    aboutRenewals(reporting, 'serving', 'servingRenewalErrors'),
    ...groupsOf(called, ({ left }) => left).map((group) => {
      const [{ left }] = group;
      const shown = left === 'expired' ? 'that had expired' : `with ${left} left`;
      return warning(
        group,
        `since the kubelet started, a client has shown it a certificate ${shown}`,
        [
          "if it is kube-apiserver's (--kubelet-client-certificate): renew it, and restart kube-apiserver",
        ],
      );
    }),
    unknownClients(nodes),
  ].flat();
}

const daySeconds = dayMs / 1000;

const certificateLog = 'on the node: journalctl -u kubelet -g certificate_manager';

function aboutRenewals(
  nodes: readonly (Named & CertificateMetrics)[],
  which: 'client' | 'serving',
  key: 'clientRenewalErrors' | 'servingRenewalErrors',
) {
  return warning(
    nodes.filter((each) => (each[key] ?? 0) > 0),
    `the kubelet has failed to renew its ${which} certificate since it started`,
    ['kubectl get csr', certificateLog],
  );
}

/** Notes why client certificates are unknown on nodes that showed a serving certificate. Other nodes are already listed as failed. */
function unknownClients(nodes: CertificateFacts['nodes']): readonly string[] {
  const silent = nodes.filter((node) => node.shown && lacksClient(node));
  const failed = silent.flatMap(({ reported, shown }) =>
    reported && 'failure' in reported
      ? { ...reported, isTrusted: shown?.certificate.verification.result !== 'refused' }
      : [],
  );
  const about = (group: readonly Named[], why: string) =>
    group.length === 0 ? [] : `${summarize(group, mostNames, nameOf)}: ${why}`;
  return [
    briefFailures(failed.filter(({ isTrusted }) => isTrusted)),
    about(
      failed.filter(({ isTrusted }) => !isTrusted),
      'the serving certificate does not verify (kubectl kubeletaccess help trust)',
    ),
    about(silent.filter(metricsOf), 'the kubelet reports none, as without rotateCertificates'),
  ]
    .flat()
    .map((words) => `note: client certificates are unknown: ${words}`);
}

/** Whether the metrics of a kubelet were requested, but do not show when its client certificate expires. */
export function lacksClient(node: NodeCertificate): boolean {
  return node.reported !== undefined && metricsOf(node)?.clientLeftSeconds === undefined;
}

/**
 * Whether the client certificate that expires first may be the certificate of this program. The metrics of kubelets include the
 * certificates of all clients, and so also of this program.
 */
function isOwn({ over, upTo }: CallerLifetime, { ownLeftSeconds }: CertificateFacts): boolean {
  return ownLeftSeconds !== undefined && ownLeftSeconds > 0 && over >= 0 && ownLeftSeconds <= upTo;
}

export function isUnsafe(facts: CertificateFacts, warnDays: number): boolean {
  return facts.nodes.some((node) => {
    const certificate = node.shown?.certificate;
    const isServingUnsafe =
      certificate &&
      (!isTrusted(certificate.verification) ||
        judgeExpiry(certificate, facts.now, warnDays).length > 0);
    return isServingUnsafe || isReportedToExpire(node, facts, warnDays);
  });
}

function isReportedToExpire(node: NodeCertificate, facts: CertificateFacts, warnDays: number) {
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

function aboutTrust(shown: readonly ShownNode[], now: number) {
  const refused = shown.flatMap((each) => {
    const words = refusalOf(each, now);
    return words === undefined ? [] : { ...each, words };
  });
  return [
    warning(
      shown.filter(
        ({ certificate }) => isSelfGenerated(certificate) && certificate.authorities.length === 0,
      ),
      'the serving certificate is self-signed: a kube-apiserver with --kubelet-certificate-authority refuses it, and logs and exec fail',
      [
        'set serverTLSBootstrap: true in the KubeletConfiguration, and approve the CSR that the kubelet then makes',
      ],
    ),
    ...groupsOf(refused, ({ words }) => words).map((group) => warning(group, group[0].words)),
  ].flat();
}

/** Returns why a certificate does not verify. Returns undefined if it verifies, or if another warning gives the reason. */
function refusalOf({ certificate }: ShownNode, now: number): string | undefined {
  const { verification, issuerName, authorities } = certificate;
  if (verification.result !== 'refused') return undefined;
  switch (verification.cause) {
    case 'name-mismatch':
    case 'certificate-not-yet-valid':
    case 'self-signed-certificate':
      return undefined;
    case 'certificate-expired':
      return [certificate, ...authorities].some((each) => judgeExpiry(each, now, 0).length > 0)
        ? undefined
        : 'a CA of its chain has expired';
    case 'untrusted-ca':
      return isSelfGenerated(certificate)
        ? undefined
        : `the serving certificate is signed by ${issuerName}, which is not trusted: pass its CA with --kubelet-certificate-authority FILE`;
    default:
      return verification.words;
  }
}

function aboutNames(shown: readonly ShownNode[]) {
  // With --kubelet-tls-server-name, verification may fail even if the certificate names all addresses of its node.
  const unnamed = shown.filter(
    ({ host, missing, faults }) => missing.includes(host) || hasFault(faults, 'name-mismatch'),
  );
  const [{ host, node } = { host: '', node: undefined }] = unnamed;
  const where = unnamed.length === 1 ? host : `the address of the node (such as ${host})`;
  const foreign = shown.filter((each) => {
    const [, other] = /^system:node:(.+)$/s.exec(each.certificate.name) ?? [];
    return each.node !== undefined && other !== undefined && other !== each.node;
  });
  return [
    warning(
      unnamed,
      `the serving certificate does not name ${where}: clients that verify it refuse it there`,
      node === undefined
        ? []
        : ['by which address it verifies: kubectl kubeletaccess certificates --address-types'],
    ),
    warning(
      foreign,
      `the serving certificate belongs to ${foreign.length === 1 ? '' : 'another node, such as '}${foreign[0]?.certificate.name}`,
    ),
  ].flat();
}

type OwnCsr = ServingCsr & { readonly node: string };

function aboutRequests(facts: CertificateFacts): readonly string[] {
  const { nodes, requests, problems, uncompared, unfetched, now } = facts;
  if (!isFound(requests))
    return [
      `note: pending certificate signing requests are unknown: caller -> API server: ${describeUnknown(requests)}`,
    ];
  const own = nodes.flatMap(({ node, shown }): readonly OwnCsr[] => {
    if (node === undefined) return [];
    // A denied or failed request matters only to a kubelet that has no serving certificate.
    const newest = shown ? undefined : requests.found.get(node)?.[0];
    const ended = newest && isEnded(newest) ? newest : undefined;
    const waiting = waitingRequest(requests.found, node);
    return [waiting, ended].flatMap((request) => (request ? { ...request, node } : []));
  });
  const pending = own.filter(({ state }) => state === 'pending');
  const approved = own.filter(({ state }) => state === 'approved');
  const ended = own.filter(isEnded);
  const isSafe = ({ name }: OwnCsr) => problems.get(name)?.length === 0;
  const safe = pending.filter(isSafe);
  const unsafe = pending.filter((each) => !isSafe(each));
  const listed = (group: readonly OwnCsr[], more: (request: OwnCsr) => string) =>
    summarize(group, mostNames, (each) => `${each.name} of ${each.node}${more(each)}`);
  const withAge = (request: OwnCsr) => ageOf(request, now);
  const namesOf = (group: readonly OwnCsr[]) => group.slice(0, mostNames).map(nameOf);
  const hints = [
    unsafe[0] ? `what it asks for: ${checkRequest(unsafe[0].name)}` : [],
    safe.length > 0 ? approvalOf(safe) : [],
  ].flat();
  const doNotApprove = unsafe.slice(0, mostNames).map(({ name, node }) => {
    const why = problems.get(name)?.join('; ') ?? 'it was not compared with the node';
    return `do not approve ${name} of ${node}: ${why}`;
  });
  const unused = summarize(unfetched, mostNames, ({ name, node }) => `${name} of ${node}`);
  const about = (
    group: readonly unknown[],
    message: string,
    commands: readonly string[],
    evidence: readonly string[] = [],
  ) =>
    group.length === 0
      ? []
      : [
          ...[message, ...evidence].map((words) => `warning: ${words}`),
          ...commands.map((hint) => `hint: ${hint}`),
        ];
  return [
    pending.length > 0 && uncompared.length > 0
      ? `note: pending certificate signing requests were not compared with ${uncompared.join('; ')}`
      : [],
    about(pending, `waiting for approval: ${listed(pending, withAge)}`, hints, doNotApprove),
    about(approved, `approved, and not signed: ${listed(approved, withAge)}`, [
      command`kubectl describe csr ${namesOf(approved)}`,
    ]),
    about(ended, `not issued: ${listed(ended, ({ state }) => ` (${state})`)}`, [
      command`why: kubectl describe csr ${namesOf(ended)}`,
    ]),
    about(unfetched, `issued, and not in use: ${unused}: the kubelet serves another certificate`, [
      certificateLog,
    ]),
  ].flat();
}

/** A Node object proves nothing about addresses: its kubelet writes them. */
function approvalOf(safe: readonly OwnCsr[]): string {
  const first = safe.slice(0, mostNames);
  const nodes = command`kubectl get nodes ${first.map(({ node }) => node)} -o wide`;
  const [each, machines] = safe.length > 1 ? ['each asks', 'machines'] : ['asks', 'machine'];
  return `${summarize(safe, mostNames, nameOf)}: ${each} only for what its kubelet wrote into its Node object (${nodes}): compare that with the ${machines} in your cloud or inventory, then approve: ${approveRequests(first.map(nameOf))}`;
}

function isEnded({ state }: ServingCsr): boolean {
  return state === 'denied' || state === 'failed';
}

function ageOf({ created }: ServingCsr, now: number): string {
  const ageMs = Math.max(0, now - Date.parse(created));
  return Number.isNaN(ageMs) ? '' : `, ${renderValue(Math.floor(ageMs / 1000), 'seconds')}`;
}
