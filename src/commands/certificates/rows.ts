import { foundIn } from '../../known.ts';
import { daysLeft, isSelfGenerated, type ShownCertificate } from '../../kubelet/certificate.ts';
import { type CertificateMetrics, formatLifetime } from '../../kubelet/certificate-metrics.ts';
import { type ServingCsr, waitingRequest } from '../../kubelet/serving-requests.ts';
import type { Tone } from '../../text/color.ts';
import { plainText } from '../../text/column.ts';
import { dayMs } from '../../text/duration.ts';
import { formatCount, groupSimilar, summarizeColumn } from '../../text/similar-rows.ts';
import type { Row } from '../shared/fleet/outcome.ts';
import { always, countField, rowOf, textField, type ViewOf, wide } from '../shared/rows/fields.ts';
import { metricsOf, type NodeCertificate } from './facts.ts';
import type { NodeTable } from './render.ts';

interface CertificateSource {
  readonly node: NodeCertificate;
  readonly certificate: ShownCertificate | undefined;
  readonly names: NonNullable<NodeCertificate['shown']>['names'] | undefined;
  readonly metrics: CertificateMetrics | undefined;
  /** The newest request; undefined if its certificate is issued. */
  readonly request: ServingCsr | undefined;
  readonly problem: string | undefined;
  readonly pending: ServingCsr | undefined;
  readonly now: number;
}

export const certificatesView: ViewOf<CertificateSource> = {
  kind: 'KubeletCertificateList',
  names: 'node',
  about: 'The serving certificate of a kubelet. Unknown fields are absent.',
  columns: [
    textField('NODE', 'node', ({ node }) => node.name, {
      ...always,
      about: 'Name of the node, or HOST:PORT of a kubelet given by address.',
    }),
    textField('ISSUER', 'issuerCommonName', ({ certificate }) => certificate?.issuerName, {
      about: 'Common name of the issuer; the whole name if it has no common name.',
    }),
    textField('NAMES', 'named', ({ names }) => names && named(names), {
      about:
        'How many addresses of the Node object the certificate names: `all`, `none`, or a count such as `1 of 2`.',
    }),
    countField(
      'DAYS LEFT',
      'daysLeft',
      ({ certificate, metrics, now }) =>
        certificate ? daysLeft(certificate, now) : wholeDays(metrics?.servingLeftSeconds),
      {
        toneOf: toneOfDays,
        about: 'Whole days until the certificate expires; negative if it has expired.',
      },
    ),
    countField('CLIENT', 'clientDaysLeft', ({ metrics }) => wholeDays(metrics?.clientLeftSeconds), {
      toneOf: toneOfDays,
      about:
        'Whole days until the client certificate of the kubelet expires; negative if it has expired. Absent if the kubelet does not report it.',
    }),
    textField(
      'VERIFIED',
      'verification',
      ({ node, certificate }) => node.failed?.cause ?? (certificate && verifiedBy(certificate)),
      {
        about:
          'Result of verification: `yes`; `fingerprint` if the fingerprint is trusted; `not-checked`; or a cause of docs/reference/causes.md. The cause says why verification failed, or why no certificate was read.',
      },
    ),
    textField('PENDING', 'pendingRequest', ({ pending }) => pending?.name, {
      about:
        'The newest CertificateSigningRequest of the kubelet that waits for approval or for a signature.',
    }),
    textField('RENEWAL ERRORS', 'renewalErrors', ({ metrics }) => metrics?.servingRenewalErrors, {
      ...wide,
      type: 'integer',
      about: 'How often the kubelet failed to renew its serving certificate since it started.',
    }),
    textField(
      'CLIENT RENEWAL ERRORS',
      'clientRenewalErrors',
      ({ metrics }) => metrics?.clientRenewalErrors,
      {
        ...wide,
        type: 'integer',
        about: 'How often the kubelet failed to renew its client certificate since it started.',
      },
    ),
    textField(
      'CALLERS',
      'callerLeft',
      ({ metrics }) => metrics?.callers && formatLifetime(metrics.callers),
      {
        ...wide,
        about:
          'Time until the first expiry among the client certificates that the kubelet has seen since it started. A range such as `expired`, `<30m`, `7d-30d` or `>360d`.',
      },
    ),
    textField('ADDRESS', 'address', ({ node }) => node.address, { ...wide, about: 'HOST:PORT' }),
    textField('SUBJECT', 'commonName', ({ certificate }) => certificate?.name, {
      ...wide,
      about: 'Common name of the certificate; the whole subject if it has no common name.',
    }),
    textField('CA', 'authority', ({ certificate }) => certificate?.authorities[0]?.name, {
      ...wide,
      about:
        'Common name of the trusted CA that issued the certificate, even if the certificate is not valid.',
    }),
    textField(
      'SELF-SIGNED',
      'selfSigned',
      ({ certificate }) => certificate && isSelfGenerated(certificate),
      {
        ...wide,
        type: 'boolean',
        about:
          'Whether the certificate is self-signed, or signed by a CA that the kubelet made. A kubelet makes such a CA if neither tlsCertFile nor serverTLSBootstrap is set.',
      },
    ),
    textField('MISSING NAMES', 'missingNames', ({ names }) => names && listed(names.missing), {
      ...wide,
      about:
        'Addresses of the Node object that the certificate does not name, separated by commas.',
    }),
    textField('OTHER NAMES', 'otherNames', ({ names }) => names && listed(names.others), {
      ...wide,
      about:
        'Names in the certificate that are not addresses of the Node object, separated by commas.',
    }),
    textField('CSR', 'request', ({ request }) => request?.name, {
      ...wide,
      about:
        'The newest CertificateSigningRequest of the kubelet. Absent if its certificate is already issued.',
    }),
    textField('CSR STATE', 'requestState', ({ request }) => request?.state, {
      ...wide,
      type: ['pending', 'approved', 'denied', 'failed'],
      about: 'State of `request`. `approved` means approved but not yet signed.',
    }),
    textField('CSR PROBLEM', 'requestProblem', ({ problem }) => problem, {
      ...wide,
      about:
        'Why `request` should not be approved. Absent if `request` asks only for names and addresses of its own node.',
    }),
    {
      ...{ head: 'CSR AGE', key: 'requestAgeSeconds', unit: 'seconds', wide: true },
      of: ({ request, now }) => request && ageSeconds(request, now),
      about: 'Age of `request` in seconds.',
    },
    textField('NOT BEFORE', 'notBefore', ({ certificate }) => certificate?.notBefore, {
      ...wide,
      type: 'time',
    }),
    textField('NOT AFTER', 'notAfter', ({ certificate }) => certificate?.notAfter, {
      ...wide,
      type: 'time',
    }),
    textField('KEY', 'key', ({ certificate }) => certificate?.key, {
      ...wide,
      about: 'Type of the public key, such as EC P-256, RSA 2048, Ed25519.',
    }),
    textField('SIGNATURE', 'signature', ({ certificate }) => certificate?.signature, {
      ...wide,
      about: 'Algorithm of the signature, such as ecdsa-with-SHA256.',
    }),
    textField('SERIAL', 'serial', ({ certificate }) => certificate?.serial, {
      ...wide,
      about: 'Serial number, in hex digits.',
    }),
    textField('SUBJECT NAME', 'subject', ({ certificate }) => certificate?.subject, {
      ...wide,
      about: 'Subject of the certificate, in the format of RFC 4514.',
    }),
    textField('ISSUER NAME', 'issuer', ({ certificate }) => certificate?.issuer, {
      ...wide,
      about: 'Issuer of the certificate, in the format of RFC 4514.',
    }),
    textField('TLS', 'tlsVersion', ({ node }) => node.shown?.handshake.version, {
      ...wide,
      about: 'TLS version that this program and the kubelet agreed on, such as TLSv1.3.',
    }),
    textField('CIPHER', 'cipher', ({ node }) => node.shown?.handshake.cipher, {
      ...wide,
      about:
        'Cipher suite that this program and the kubelet agreed on, by its OpenSSL name, such as TLS_AES_128_GCM_SHA256.',
    }),
    textField('GROUP', 'group', ({ node }) => node.shown?.handshake.group, {
      ...wide,
      about:
        'Key exchange group that this program and the kubelet agreed on, such as X25519MLKEM768.',
    }),
    textField('SHA256', 'fingerprint', ({ certificate }) => certificate?.fingerprint, {
      ...wide,
      about: 'SHA-256 fingerprint, in pairs of hex digits with colons.',
    }),
  ],
};

export const certificatesTable: NodeTable = {
  view: certificatesView,
  rowsOf: ({ nodes, requests, problems, now }) => {
    const known = foundIn(requests);
    return nodes.map((node) => {
      const { shown, node: name } = node;
      const newest = name === undefined ? undefined : known?.get(name)?.[0];
      const request = newest?.state === 'issued' ? undefined : newest;
      return rowOf(certificatesView, {
        ...{ node, certificate: shown?.certificate, names: shown?.names, metrics: metricsOf(node) },
        ...{ request, problem: (request && problems.get(request.name)?.join('; ')) || undefined },
        pending: name !== undefined && known ? waitingRequest(known, name) : undefined,
        now,
      });
    });
  },
  fold: (rows) => {
    const stateOf = ({ named, verification, pendingRequest }: Row) =>
      JSON.stringify([named, verification, pendingRequest !== undefined]);
    return groupSimilar(rows, stateOf).map((group) => {
      const [first] = group;
      if (group.length === 1) return first;
      const issuers = group.map(({ issuerCommonName = '-' }) => plainText(issuerCommonName));
      const least = (key: string) => {
        const known = group.flatMap((row) => (row[key] === undefined ? [] : Number(row[key])));
        return known.length === 0 ? undefined : Math.min(...known);
      };
      return {
        ...first,
        node: formatCount(group.length, 'nodes'),
        issuerCommonName: summarizeColumn(issuers, 'issuers'),
        // A row of many shows the fewest days left.
        daysLeft: least('daysLeft'),
        clientDaysLeft: least('clientDaysLeft'),
        pendingRequest: first['pendingRequest'] && formatCount(group.length, 'requests'),
      };
    });
  },
};

function toneOfDays(left: number): Tone {
  return left <= 7 ? 'bad' : left <= 30 ? 'warning' : 'plain';
}

function named({ covered, missing }: NonNullable<CertificateSource['names']>): string {
  if (missing.length === 0) return 'all';
  return covered.length === 0 ? 'none' : `${covered.length} of ${covered.length + missing.length}`;
}

function ageSeconds({ created }: ServingCsr, now: number): number | undefined {
  const ms = Date.parse(created);
  return Number.isNaN(ms) ? undefined : Math.max(0, Math.floor((now - ms) / 1000));
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
