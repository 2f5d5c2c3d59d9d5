import { foundIn } from '../../known.ts';
import { daysLeft, isSelfGenerated, type ShownCertificate } from '../../kubelet/certificate.ts';
import { formatLifetime } from '../../kubelet/certificate-metrics.ts';
import { type CsrState, waitingRequest } from '../../kubelet/serving-requests.ts';
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
  /** Common name of the certificate; the whole subject if it has no common name. */
  readonly commonName?: string | undefined;
  /** Subject of the certificate, in the format of RFC 4514. */
  readonly subject?: string | undefined;
  /** Common name of the issuer; the whole name if it has no common name. */
  readonly issuerCommonName?: string | undefined;
  /** Issuer of the certificate, in the format of RFC 4514. */
  readonly issuer?: string | undefined;
  /** How many addresses of the Node object the certificate names: `all`, `none`, or a count such as `1 of 2`. */
  readonly named?: string | undefined;
  /** Addresses of the Node object that the certificate does not name, separated by commas. */
  readonly missingNames?: string | undefined;
  /** Names in the certificate that are not addresses of the Node object, separated by commas. */
  readonly otherNames?: string | undefined;
  /**
   * Whole days until the certificate expires; negative if it has expired.
   * @asType integer
   */
  readonly daysLeft?: number | undefined;
  /**
   * Whole days until the client certificate of the kubelet expires; negative if it has expired. Absent if the kubelet does not report it.
   * @asType integer
   */
  readonly clientDaysLeft?: number | undefined;
  /**
   * How often the kubelet failed to renew its serving certificate since it started.
   * @asType integer
   */
  readonly renewalErrors?: number | undefined;
  /**
   * How often the kubelet failed to renew its client certificate since it started.
   * @asType integer
   */
  readonly clientRenewalErrors?: number | undefined;
  /**
   * Time until the first expiry among the client certificates that the kubelet has seen since it started. A range such as `expired`,
   * `<30m`, `7d-30d` or `>360d`.
   */
  readonly callerLeft?: string | undefined;
  /**
   * Result of verification: `yes`; `fingerprint` if the fingerprint is trusted; `not-checked`; or a cause of docs/reference/causes.md. The
   * cause says why verification failed, or why no certificate was read.
   */
  readonly verification?: string | undefined;
  /** Common name of the trusted CA that issued the certificate, even if the certificate is not valid. */
  readonly authority?: string | undefined;
  /**
   * Whether the certificate is self-signed, or signed by a CA that the kubelet made. A kubelet makes such a CA if neither tlsCertFile nor
   * serverTLSBootstrap is set.
   */
  readonly selfSigned?: boolean | undefined;
  /** The newest CertificateSigningRequest of the kubelet that waits for approval or for a signature. */
  readonly pendingRequest?: string | undefined;
  /** The newest CertificateSigningRequest of the kubelet. Absent if its certificate is already issued. */
  readonly request?: string | undefined;
  /** State of `request`. `approved` means approved but not yet signed. */
  readonly requestState?: Exclude<CsrState, 'issued'> | undefined;
  /** Why `request` should not be approved. Absent if `request` asks only for names and addresses of its own node. */
  readonly requestProblem?: string | undefined;
  /** Age of `request` in seconds. */
  readonly requestAgeSeconds?: number | undefined;
  /** @format date-time */
  readonly notBefore?: string | undefined;
  /** @format date-time */
  readonly notAfter?: string | undefined;
  /** Serial number, in hex digits. */
  readonly serial?: string | undefined;
  /** Type of the public key, such as EC P-256, RSA 2048, Ed25519. */
  readonly key?: string | undefined;
  /** Algorithm of the signature, such as ecdsa-with-SHA256. */
  readonly signature?: string | undefined;
  /** TLS version that this program and the kubelet agreed on, such as TLSv1.3. */
  readonly tlsVersion?: string | undefined;
  /** Cipher suite that this program and the kubelet agreed on, by its OpenSSL name, such as TLS_AES_128_GCM_SHA256. */
  readonly cipher?: string | undefined;
  /** Key exchange group that this program and the kubelet agreed on, such as X25519MLKEM768. */
  readonly group?: string | undefined;
  /** SHA-256 fingerprint, in pairs of hex digits with colons. */
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
    text('VERIFIED', 'verification'),
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
    ...(node.failed && { verification: node.failed.cause }),
    ...reportedFields(node),
    ...requestFields(node, facts),
  }));
}

/** Joins rows of many certificates in the same state to one row, which shows the fewest days left. */
export function foldedRows(rows: readonly CertificateRow[]): readonly CertificateRow[] {
  const stateOf = ({ named, verification: verified, pendingRequest }: CertificateRow) =>
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
    verification: verifiedBy(certificate),
    authority: authorities[0]?.name,
    selfSigned: isSelfGenerated(certificate),
    fingerprint,
    tlsVersion: handshake.version,
    cipher: handshake.cipher,
    group: handshake.group,
  };
}

/** Returns the fields that come from metrics. Includes `daysLeft` if no handshake showed the serving certificate. */
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
