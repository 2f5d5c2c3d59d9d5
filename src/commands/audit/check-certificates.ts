import { foundIn } from '../../known.ts';
import type { Severity } from '../../kubelet/audit-rules.ts';
import { oneLine } from '../../kubelet/authorization-result.ts';
import {
  type CertificateFault,
  judgeCertificate,
  type ServingCertificate,
} from '../../kubelet/certificate.ts';
import type { Problem } from '../../kubelet/finding.ts';
import { summarize } from '../../text/list.ts';
import type { NodeAuditFacts } from './facts.ts';
import { type AuditFinding, violationOn } from './finding.ts';

/** @param now ms since 1970 */
export function checkCertificates(
  { name, certificate, distrust }: NodeAuditFacts,
  now: number,
  warnDays: number,
): readonly AuditFinding[] {
  const shown = foundIn(certificate);
  if (!shown) return [];
  const refusal = foundIn(distrust);
  const faults = judgeCertificate(shown, refusal === 'none' ? undefined : refusal, now, warnDays);
  return faults.flatMap(({ cause, expiry }) => {
    if (expiry)
      return expiry.leftMs > 0
        ? violationOn(name, 'KA202', `${expiry.words}, at ${shown.notAfter}`)
        : violationOn(name, 'KA202', `expired at ${shown.notAfter}`, {
            severity: 'high',
            message: `the serving certificate ${expiry.words}`,
          });
    const evidence = `${cause}: ${describe(shown, cause)}`;
    if (cause === 'name-mismatch') return violationOn(name, 'KA204', evidence);
    const own = refusals[cause];
    return own ? violationOn(name, 'KA203', evidence, own) : [];
  });
}

type FaultCause = CertificateFault['cause'];

/** Causes for which every client rejects the certificate, whatever address the client uses. */
const refusals: Partial<Record<FaultCause, Partial<Problem<Severity>>>> = {
  'untrusted-ca': { message: 'the serving certificate is signed by an untrusted authority' },
  'self-signed-certificate': { message: 'the serving certificate is self-signed' },
  'certificate-not-for-servers': {
    message: 'the serving certificate is not for servers',
    remedy:
      'issue it with the extended key usage serverAuth (serverTLSBootstrap: true in the KubeletConfiguration does)',
  },
  'certificate-not-yet-valid': {
    message: 'the serving certificate is not yet valid',
    remedy: 'correct the clock of this machine or of the issuer, or reissue the certificate',
  },
};

function describe(certificate: ServingCertificate, cause: FaultCause): string {
  const { subject, issuer, names, notBefore } = certificate;
  const holder = `${oneLine(subject)}, issued by ${oneLine(issuer)}`;
  if (cause === 'certificate-not-yet-valid') return `${holder}, valid from ${notBefore}`;
  return cause === 'name-mismatch'
    ? `${holder}, for ${summarize(names, 3, oneLine) || 'no names'}`
    : holder;
}
