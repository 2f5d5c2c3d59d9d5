import type { X509Certificate } from 'node:crypto';
import { differentCertificate, formatFingerprint, type Pin } from '../../kubelet/fingerprint.ts';
import { hasName } from '../transport/certificate-names.ts';
import type { AcceptCertificate } from '../transport/tls.ts';

/** One kubelet, by the names that users have for it. */
export interface KubeletName {
  /** Name of its node; undefined if it is called by its address. */
  readonly node: string | undefined;
  readonly host: string;
  /** `HOST:PORT` */
  readonly authority: string;
}

/**
 * Compares the certificate with the pin of a kubelet. Undefined if it has none. The pin of its node comes before those of its address,
 * which the kubelet itself reports, and which may name another node.
 */
export function acceptPinned(
  pins: readonly Pin[],
  { node, host, authority }: KubeletName,
): AcceptCertificate | undefined {
  const pinOf = (name: string | undefined) => pins.find(({ kubelet }) => kubelet === name);
  const pin = pinOf(undefined) ?? (node && pinOf(node)) ?? pinOf(authority) ?? pinOf(host);
  if (!pin) return undefined;
  return async ({ fingerprint256 }) =>
    fingerprint256 === pin.fingerprint ? undefined : different(fingerprint256, pin);
}

/** Accepts what verification does, and nothing else: where a kubelet has no pin, and there is no authority. */
export const acceptVerified: AcceptCertificate = async (_, problem) => problem;

/** Whether a certificate names a node, as a kubelet's or as a host's. */
export function isOfNode(
  { subject, subjectAltName = '' }: Pick<X509Certificate, 'subject' | 'subjectAltName'>,
  node: string,
): boolean {
  return subject.split('\n').includes(`CN=system:node:${node}`) || hasName(subjectAltName, node);
}

/** Why a certificate that is valid for a host is not the one of its node. */
export function notOfNode(
  certificate: X509Certificate,
  node: string,
): NodeJS.ErrnoException | undefined {
  if (isOfNode(certificate, node)) return undefined;
  const words = `valid for ${certificate.subjectAltName}, which any host may prove, not for node ${node}`;
  return Object.assign(new Error(words), { code: 'ERR_TLS_CERT_ALTNAME_INVALID' });
}

function different(shown: string, { fingerprint, where }: Pin): NodeJS.ErrnoException {
  const words = `${formatFingerprint(shown)} shown, ${formatFingerprint(fingerprint)} ${where}`;
  return Object.assign(new Error(words), { code: differentCertificate });
}
