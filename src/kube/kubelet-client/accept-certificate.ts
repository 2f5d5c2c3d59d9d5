import type { X509Certificate } from 'node:crypto';
import { fingerprintCodes, formatFingerprint } from '../../kubelet/fingerprint.ts';
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

/** A fingerprint of `--kubelet-fingerprint`. */
export interface Pin {
  /** A node, `HOST` or `HOST:PORT`; undefined for the only kubelet that is called. */
  readonly kubelet: string | undefined;
  readonly fingerprint: string;
}

/** Compares the certificate with the pin of a kubelet. Undefined if it has none. */
export function acceptPinned(
  pins: readonly Pin[],
  { node, host, authority }: KubeletName,
): AcceptCertificate | undefined {
  const pin = pins.find(
    ({ kubelet }) => kubelet === undefined || [node, host, authority].includes(kubelet),
  );
  if (!pin) return undefined;
  return async ({ fingerprint256 }) =>
    fingerprint256 === pin.fingerprint
      ? undefined
      : different(fingerprint256, pin.fingerprint, 'given with --kubelet-fingerprint');
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

/** @param where the source of the expected fingerprint */
export function different(shown: string, expected: string, where: string): NodeJS.ErrnoException {
  const words = `${formatFingerprint(shown)} shown, ${formatFingerprint(expected)} ${where}`;
  return Object.assign(new Error(words), { code: fingerprintCodes.different });
}

export function unrecorded(words: string): NodeJS.ErrnoException {
  return Object.assign(new Error(words), { code: fingerprintCodes.unrecorded });
}
