import { foundIn } from '../../known.ts';
import { daysLeft, isSelfMade, type ShownCertificate } from '../../kubelet/certificate.ts';
import { formatLifetime } from '../../kubelet/certificate-metrics.ts';
import { type RequestState, waitingRequest } from '../../kubelet/serving-requests.ts';
import type { Column, View } from '../../text/column.ts';
import { dayMs } from '../../text/duration.ts';
import { formatCount, groupSimilar, summarizeColumn } from '../../text/similar-rows.ts';
import { type CertificateFacts, metricsOf, type NodeCertificate } from './facts.ts';

/** The serving certificate of a kubelet. Unknown fields are absent. */
export interface CertificateRow {
  /** Name of the node, or HOST:PORT of a kubelet given by address. */
  readonly node: string;
  /** HOST:PORT */
  readonly address?: string | undefined;
  /** The common name; the whole subject if it has none. */
  readonly commonName?: string | undefined;
  /** As in RFC 4514. */
  readonly subject?: string | undefined;
  /** The common name of the issuer; all of it if it has none. */
  readonly issuerCommonName?: string | undefined;
  /** As in RFC 4514. */
  readonly issuer?: string | undefined;
  /** How many addresses of the Node object the certificate names: all, none, or such as 1 of 2. */
  readonly named?: string | undefined;
  /** Addresses of the Node object that the certificate does not name, with commas. */
  readonly missingNames?: string | undefined;
  /** Names in the certificate that are no address of the Node object, with commas. */
  readonly otherNames?: string | undefined;
  /**
   * Whole days; negative after it has expired.
   * @asType integer
   */
  readonly daysLeft?: number | undefined;
  /**
   * Whole days until the client certificate of the kubelet expires; negative after that. Absent if the kubelet does not report it.
   * @asType integer
   */
  readonly clientDaysLeft?: number | undefined;
  /**
   * How often the kubelet failed to renew its serving certificate since it started.
   * @asType integer
   */
  readonly renewalErrors?: number | undefined;
  /**
   * The same of its client certificate.
   * @asType integer
   */
  readonly clientRenewalErrors?: number | undefined;
  /** The least time left of a client certificate, of all that clients have shown the kubelet since it started: expired, <30m, 7d-30d, >360d. */
  readonly callerLeft?: string | undefined;
  /** yes; fingerprint, if the caller trusts it by that; "not checked"; or a cause of docs/reference/causes.md, also of why there is no certificate. */
  readonly verified?: string | undefined;
  /** The common name of the trusted CA that it is issued by, whether or not it is valid. */
  readonly authority?: string | undefined;
  /** Whether it vouches for itself, as kubelets without tlsCertFile and serverTLSBootstrap make it. */
  readonly selfSigned?: boolean | undefined;
  /** The newest CertificateSigningRequest of the kubelet that waits for approval or for a signature. */
  readonly pendingRequest?: string | undefined;
  /** The newest CertificateSigningRequest of the kubelet that is not issued. */
  readonly request?: string | undefined;
  /** State of the request; an approved one waits for its signature. */
  readonly requestState?: Exclude<RequestState, 'issued'> | undefined;
  /** Why a request that waits for approval should not be approved; absent if it asks for the names and addresses of its node alone. */
  readonly requestProblem?: string | undefined;
  /** Age of the request. */
  readonly requestAgeSeconds?: number | undefined;
  /** @format date-time */
  readonly notBefore?: string | undefined;
  /** @format date-time */
  readonly notAfter?: string | undefined;
  /** In hex digits. */
  readonly serial?: string | undefined;
  /** Such as EC P-256, RSA 2048, Ed25519. */
  readonly key?: string | undefined;
  /** Such as ecdsa-with-SHA256. */
  readonly signature?: string | undefined;
  /** TLSv1.3: what this program and the kubelet agreed on, as are the next two. */
  readonly tlsVersion?: string | undefined;
  /** As OpenSSL names it, such as TLS_AES_128_GCM_SHA256. */
  readonly cipher?: string | undefined;
  /** The group of the key exchange, such as X25519MLKEM768. */
  readonly group?: string | undefined;
  /** SHA-256, in pairs of hex digits with colons. */
  readonly fingerprint?: string | undefined;
}

export const certificatesView: View<CertificateRow> = {
  kind: 'KubeletCertificateList',
  names: 'node',
  columns: [
    text('NODE', 'node'),
    text('ISSUER', 'issuerCommonName'),
    text('NAMES', 'named'),
    days('DAYS LEFT', 'daysLeft'),
    days('CLIENT', 'clientDaysLeft'),
    text('VERIFIED', 'verified'),
    text('PENDING', 'pendingRequest'),
    wide('RENEWAL ERRORS', 'renewalErrors'),
    wide('CLIENT RENEWAL ERRORS', 'clientRenewalErrors'),
    wide('CALLERS', 'callerLeft'),
    wide('ADDRESS', 'address'),
    wide('SUBJECT', 'commonName'),
    wide('CA', 'authority'),
    wide('SELF-SIGNED', 'selfSigned'),
    wide('MISSING NAMES', 'missingNames'),
    wide('OTHER NAMES', 'otherNames'),
    wide('CSR', 'request'),
    wide('CSR STATE', 'requestState'),
    wide('CSR PROBLEM', 'requestProblem'),
    { head: 'CSR AGE', key: 'requestAgeSeconds', unit: 'seconds', wide: true },
    wide('NOT BEFORE', 'notBefore'),
    wide('NOT AFTER', 'notAfter'),
    wide('KEY', 'key'),
    wide('SIGNATURE', 'signature'),
    wide('SERIAL', 'serial'),
    wide('SUBJECT NAME', 'subject'),
    wide('ISSUER NAME', 'issuer'),
    wide('TLS', 'tlsVersion'),
    wide('CIPHER', 'cipher'),
    wide('GROUP', 'group'),
    wide('SHA256', 'fingerprint'),
  ],
};

function text(head: string, key: keyof CertificateRow): Column<CertificateRow> {
  return { head, key, unit: 'text' };
}

function days(head: string, key: 'daysLeft' | 'clientDaysLeft'): Column<CertificateRow> {
  return {
    ...{ head, key, unit: 'count' },
    toneOf: (left) => (left <= 7 ? 'bad' : left <= 30 ? 'warning' : 'plain'),
  };
}

function wide(head: string, key: keyof CertificateRow): Column<CertificateRow> {
  return { ...text(head, key), wide: true };
}

export function certificateRows(facts: CertificateFacts): readonly CertificateRow[] {
  return facts.nodes.map((node) => ({
    node: node.name,
    address: node.address,
    ...(node.shown && shownFields(node.shown, facts.now)),
    ...(node.failed && { verified: node.failed.cause }),
    ...reportedFields(node),
    ...requestFields(node, facts),
  }));
}

/** Rows of a table: many certificates in the same state are one, with the fewest days that are left of them. */
export function foldedRows(rows: readonly CertificateRow[]): readonly CertificateRow[] {
  const stateOf = ({ named, verified, pendingRequest }: CertificateRow) =>
    [named, verified, pendingRequest !== undefined].join();
  return groupSimilar(rows, stateOf).map((group) => {
    const [first] = group;
    if (group.length === 1) return first;
    const issuers = group.map(({ issuerCommonName = '-' }) => issuerCommonName);
    const least = (key: 'daysLeft' | 'clientDaysLeft') => {
      const known = group.flatMap((row) => row[key] ?? []);
      return known.length === 0 ? undefined : Math.min(...known);
    };
    return {
      ...first,
      node: formatCount(group.length, 'nodes'),
      issuerCommonName: summarizeColumn(issuers, 'issuers'),
      daysLeft: least('daysLeft'),
      clientDaysLeft: least('clientDaysLeft'),
      pendingRequest: first.pendingRequest && formatCount(group.length, 'requests'),
    };
  });
}

function shownFields(
  { certificate, names, handshake }: NonNullable<NodeCertificate['shown']>,
  now: number,
): Partial<CertificateRow> {
  const { name: commonName, issuerName: issuerCommonName } = certificate;
  const { subject, issuer, notBefore, notAfter } = certificate;
  const { serial, key, signature, fingerprint, authorities } = certificate;
  const { covered, missing, others } = names;
  const all = covered.length + missing.length;
  return {
    ...{ commonName, subject, issuerCommonName, issuer, notBefore, notAfter },
    ...{ serial, key, signature },
    named:
      missing.length === 0 ? 'all' : covered.length === 0 ? 'none' : `${covered.length} of ${all}`,
    missingNames: listed(missing),
    otherNames: listed(others),
    daysLeft: daysLeft(certificate, now),
    verified: verifiedBy(certificate),
    authority: authorities[0]?.name,
    selfSigned: isSelfMade(certificate),
    fingerprint,
    tlsVersion: handshake.version,
    cipher: handshake.cipher,
    group: handshake.group,
  };
}

/** Fields from metrics; these also say when the serving certificate expires that could not be read. */
function reportedFields(node: NodeCertificate): Partial<CertificateRow> {
  const metrics = metricsOf(node);
  if (!metrics) return {};
  const { clientLeftSeconds, servingLeftSeconds, callers, ...errors } = metrics;
  return {
    ...(!node.shown && { daysLeft: wholeDays(servingLeftSeconds) }),
    clientDaysLeft: wholeDays(clientLeftSeconds),
    renewalErrors: errors.servingRenewalErrors,
    clientRenewalErrors: errors.clientRenewalErrors,
    callerLeft: callers && formatLifetime(callers),
  };
}

function wholeDays(seconds: number | undefined): number | undefined {
  return seconds === undefined ? undefined : Math.floor((seconds * 1000) / dayMs);
}

function listed(names: readonly string[]): string | undefined {
  return names.length === 0 ? undefined : names.join(',');
}

function verifiedBy({ verification }: ShownCertificate): string {
  switch (verification.result) {
    case 'verified':
      return 'yes';
    case 'refused':
      return verification.cause;
    default:
      return verification.result;
  }
}

function requestFields(
  { node }: NodeCertificate,
  { requests, problems, now }: CertificateFacts,
): Partial<CertificateRow> {
  const known = foundIn(requests);
  if (node === undefined || !known) return {};
  const newest = known.get(node)?.[0];
  const waiting = waitingRequest(known, node);
  if (!newest || newest.state === 'issued') return { pendingRequest: waiting?.name };
  const created = Date.parse(newest.created);
  return {
    pendingRequest: waiting?.name,
    request: newest.name,
    requestProblem: problems.get(newest.name)?.join('; ') || undefined,
    requestState: newest.state,
    requestAgeSeconds: Number.isNaN(created)
      ? undefined
      : Math.max(0, Math.floor((now - created) / 1000)),
  };
}
