import type { Cause } from '../cause.ts';
import { dayMs, daysLeft, type ServingCertificate } from '../certificate.ts';
import { securitySettings } from './configuration.ts';
import { isFound, type NodeAuditFacts } from './facts.ts';
import { type Hit, onNode } from './finding.ts';

/** What a kubelet proves who it is with, and how it keeps that up. `now` is in ms. */
export function checkCertificates(node: NodeAuditFacts, now: number, warnDays: number): Hit[] {
  const { name, certificate, distrust, configuration } = node;
  const shown = isFound(certificate) ? certificate.found : undefined;
  return [
    ...(shown ? checkEnd(name, shown, now, warnDays) : []),
    ...(isFound(distrust) ? checkTrust(name, distrust.found, shown) : []),
    ...(isFound(configuration) ? checkTlsSettings(name, configuration.found.value) : []),
  ];
}

function checkEnd(
  name: string,
  certificate: ServingCertificate,
  now: number,
  warnDays: number,
): Hit[] {
  const { notAfter } = certificate;
  const left = Date.parse(notAfter) - now;
  if (left <= 0)
    return [{ id: 'KA202', severity: 'high', place: onNode(name, `it ended at ${notAfter}`) }];
  if (left > warnDays * dayMs) return [];
  const days = daysLeft(certificate, now);
  const soon = days === 0 ? 'in less than a day' : `in ${days} ${days === 1 ? 'day' : 'days'}`;
  return [{ id: 'KA202', place: onNode(name, `it ends ${soon}, at ${notAfter}`) }];
}

function checkTrust(
  name: string,
  distrust: Cause | 'nothing',
  certificate: ServingCertificate | undefined,
): Hit[] {
  const issued = certificate ? `: ${certificate.subject}, issued by ${certificate.issuer}` : '';
  switch (distrust) {
    case 'unknown issuer':
    case 'self-signed certificate':
    case 'certificate not for servers':
    case 'certificate not yet valid':
      return [{ id: 'KA203', place: onNode(name, `${distrust}${issued}`) }];
    case 'certificate for another name':
      return [{ id: 'KA204', place: onNode(name, `${distrust}${issued}`) }];
    default:
      // That it has expired is told by its end.
      return [];
  }
}

function checkTlsSettings(
  name: string,
  configuration: Parameters<typeof securitySettings>[0],
): Hit[] {
  const { tlsMinVersion, rotateCertificates, serverTLSBootstrap } = securitySettings(configuration);
  const hits: Hit[] = [];
  if (/^VersionTLS1[01]$/.test(tlsMinVersion))
    hits.push({ id: 'KA201', place: onNode(name, `tlsMinVersion is ${tlsMinVersion}`) });
  if (!rotateCertificates)
    hits.push({ id: 'KA205', place: onNode(name, 'rotateCertificates is not set') });
  if (!serverTLSBootstrap)
    hits.push({ id: 'KA206', place: onNode(name, 'serverTLSBootstrap is not set') });
  return hits;
}
