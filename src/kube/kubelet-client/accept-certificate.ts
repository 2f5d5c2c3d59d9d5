import type { X509Certificate } from 'node:crypto';
import {
  differentCertificate,
  formatFingerprint,
  type Pin,
  placeOf,
} from '../../kubelet/fingerprint.ts';
import { summarize } from '../../text/list.ts';
import { coversName } from '../transport/certificate-names.ts';
import type { AcceptCertificate } from '../transport/tls.ts';

/** Names by which a pin may identify a kubelet. */
export interface KubeletName {
  /** Name of the kubelet's node; undefined if the user gave only the kubelet's address. */
  readonly node: string | undefined;
  readonly host: string;
  /** `HOST:PORT` */
  readonly authority: string;
}

/**
 * Returns a check that compares a kubelet's certificate with its pin; undefined if the kubelet has no pin. A pin for the node is used
 * before a pin for the address, because the kubelet itself reports its addresses, which may belong to another node. If the user gave only
 * an address, and no pin names it, the kubelet may be any of those that have a pin.
 */
export function acceptPinned(
  pins: readonly Pin[],
  { node, host, authority }: KubeletName,
): AcceptCertificate | undefined {
  const pinOf = (name: string | undefined) => pins.find(({ kubelet }) => kubelet === name);
  const pin = pinOf(undefined) ?? (node && pinOf(node)) ?? pinOf(authority) ?? pinOf(host);
  if (pin)
    return async ({ fingerprint256 }) =>
      fingerprint256 === pin.fingerprint
        ? undefined
        : different(fingerprint256, `${formatFingerprint(pin.fingerprint)} ${placeOf(pin)}`);
  if (node !== undefined || pins.length === 0) return undefined;
  return async ({ fingerprint256 }, problem) =>
    !problem || pins.some(({ fingerprint }) => fingerprint === fingerprint256)
      ? undefined
      : different(fingerprint256, noneOf(pins));
}

/** Accepts only a verified certificate. Used for a kubelet without a pin if no CA is configured. */
export const acceptVerified: AcceptCertificate = async (_, problem) => problem;

/** Whether a certificate names a node, either as the user name of a kubelet or as a host name. */
export function isOfNode(
  { subject, subjectAltName = '' }: Pick<X509Certificate, 'subject' | 'subjectAltName'>,
  node: string,
): boolean {
  return subject.split('\n').includes(`CN=system:node:${node}`) || coversName(subjectAltName, node);
}

/** Returns an error if a certificate that is valid for the host does not name the node. */
export function notOfNode(
  certificate: X509Certificate,
  node: string,
): NodeJS.ErrnoException | undefined {
  if (isOfNode(certificate, node)) return undefined;
  const words = `valid for ${certificate.subjectAltName}, which any host may prove, not for node ${node}`;
  return Object.assign(new Error(words), { code: 'ERR_TLS_CERT_ALTNAME_INVALID' });
}

function noneOf(pins: readonly Pin[]): string {
  const sources = [...new Set(pins.map(({ source }) => source))];
  const names = summarize(pins, 5, ({ kubelet }) => kubelet ?? '');
  return `none of those given for ${names} in ${sources.join(', ')}`;
}

function different(shown: string, expected: string): NodeJS.ErrnoException {
  const words = `${formatFingerprint(shown)} shown, ${expected}`;
  return Object.assign(new Error(words), { code: differentCertificate });
}
