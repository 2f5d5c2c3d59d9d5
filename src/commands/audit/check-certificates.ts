import { foundIn, isFound } from '../../known.ts';
import { oneLine } from '../../kubelet/authorization-result.ts';
import type { Cause } from '../../kubelet/causes/causes.ts';
import { judgeExpiry, type ServingCertificate } from '../../kubelet/certificate.ts';
import { summarize } from '../../text/list.ts';
import type { NodeAuditFacts } from './facts.ts';
import { type AuditFinding, violationOn } from './finding.ts';

/** Checks the serving certificate of a kubelet. `now` is in ms since 1970. */
export function checkCertificates(
  node: NodeAuditFacts,
  now: number,
  warnDays: number,
): readonly AuditFinding[] {
  const { name, certificate, distrust } = node;
  const shown = foundIn(certificate);
  return [
    ...(shown
      ? judgeExpiry(shown, now, warnDays).map(({ words, leftMs }) =>
          leftMs > 0
            ? violationOn(name, 'KA202', `${words}, at ${shown.notAfter}`)
            : violationOn(name, 'KA202', `expired at ${shown.notAfter}`, {
                ...{ severity: 'high', title: `the serving certificate ${words}` },
              }),
        )
      : []),
    ...(isFound(distrust) ? checkTrust(name, distrust.found, shown) : []),
  ];
}

/** Causes that make every client reject a certificate, at any address. KA202 reports expired certificates. */
const distrusts: Partial<Readonly<Record<Cause, Partial<Pick<AuditFinding, 'title' | 'remedy'>>>>> =
  {
    'untrusted CA': { title: 'the serving certificate is signed by an untrusted authority' },
    'self-signed certificate': { title: 'the serving certificate is self-signed' },
    'certificate not for servers': {
      title: 'the serving certificate is not for servers',
      remedy:
        'issue it with the extended key usage serverAuth (serverTLSBootstrap: true in the KubeletConfiguration does)',
    },
    'certificate not yet valid': {
      title: 'the serving certificate is not yet valid',
      remedy: 'correct the clock of this machine or of the issuer, or reissue the certificate',
    },
  };

function checkTrust(
  name: string,
  cause: Cause | 'none',
  certificate: ServingCertificate | undefined,
): readonly AuditFinding[] {
  const shown = certificate ? `: ${describe(certificate, cause)}` : '';
  if (cause === 'name mismatch') return [violationOn(name, 'KA204', cause + shown)];
  const distrust = cause === 'none' ? undefined : distrusts[cause];
  return distrust ? [violationOn(name, 'KA203', cause + shown, distrust)] : [];
}

function describe(
  { subject, issuer, names, notBefore }: ServingCertificate,
  cause: Cause | 'none',
): string {
  const holder = `${oneLine(subject)}, issued by ${oneLine(issuer)}`;
  if (cause === 'certificate not yet valid') return `${holder}, valid from ${notBefore}`;
  return cause === 'name mismatch'
    ? `${holder}, for ${summarize(names, 3, oneLine) || 'no names'}`
    : holder;
}
