import type { X509Certificate } from 'node:crypto';
import type { TLSSocket } from 'node:tls';
import type { HostPort } from '../../kubelet/address.ts';
import type { ServingCertificate } from '../../kubelet/certificate.ts';
import { connectWithin } from './connect.ts';
import { noDeadline } from './limits.ts';
import type { HttpResponse } from './transport.ts';

/** Returns the verified certificate of the server that sent the response. Must be called before the body is read. */
export function certificateOf({ socket }: HttpResponse): ServingCertificate | undefined {
  return socket && describeCertificate(socket as TLSSocket);
}

/**
 * Reads the certificate of an untrusted server by a TLS handshake, without verifying it and without sending a credential or request.
 * Returns undefined if the server sends no certificate within `connectMs`.
 *
 * @param serverName name that is sent as SNI
 */
export async function readCertificate(
  target: HostPort,
  serverName: string,
  connectMs: number,
  signal: AbortSignal,
): Promise<ServingCertificate | undefined> {
  const tls = { serverName, ca: undefined, verify: false, clientCertificate: undefined } as const;
  const peer = { ...target, tls: { ...tls, peer: 'kubelet' } } as const;
  try {
    const { socket } = await connectWithin(peer, { connectMs, deadline: noDeadline }, signal);
    const certificate = describeCertificate(socket as TLSSocket);
    socket.destroy();
    return certificate;
  } catch {
    return undefined;
  }
}

function describeCertificate(socket: TLSSocket): ServingCertificate | undefined {
  // A plain socket does not have this method.
  const certificate = socket.getPeerX509Certificate?.();
  return certificate && { ...describeX509(certificate), protocol: socket.getProtocol() ?? '' };
}

export function describeX509(certificate: X509Certificate): Omit<ServingCertificate, 'protocol'> {
  return {
    subject: distinguishedName(certificate.subject),
    issuer: distinguishedName(certificate.issuer),
    names: certificate.subjectAltName?.split(', ') ?? [],
    notBefore: isoTime(certificate.validFrom),
    notAfter: isoTime(certificate.validTo),
    fingerprint: certificate.fingerprint256,
  };
}

/**
 * Formats the name of a certificate with the common name first and the country last. OpenSSL prints one attribute per line, in the opposite
 * order.
 */
function distinguishedName(name: string | undefined): string {
  return (name ?? '').split('\n').filter(Boolean).reverse().join(',');
}

function isoTime(text: string): string {
  const time = Date.parse(text);
  return Number.isNaN(time) ? text : new Date(time).toISOString().replace('.000Z', 'Z');
}
