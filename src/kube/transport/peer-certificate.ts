import type { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import { connect, type TLSSocket } from 'node:tls';
import type { HostPort } from '../../kubelet/address.ts';
import type { ServingCertificate } from '../../kubelet/certificate.ts';
import { within } from '../within.ts';
import type { HttpResponse } from './transport.ts';

/** The verified certificate of the server that answered. Call it before reading the body. */
export function certificateOf({ socket }: HttpResponse): ServingCertificate | undefined {
  return socket && describeCertificate(socket as TLSSocket);
}

/**
 * The certificate of an untrusted server, from a TLS handshake without verification, credential or request. `name` is sent as
 * SNI. Undefined without a certificate within `ms`.
 */
export async function readCertificate(
  { host, port }: HostPort,
  name: string,
  ms: number,
  signal: AbortSignal,
): Promise<ServingCertificate | undefined> {
  const servername = isIP(name) ? '' : name;
  const socket = connect({ host, port, servername, rejectUnauthorized: false });
  const closed = new Error('closed');
  const shown = () =>
    new Promise<ServingCertificate | undefined>((resolve, reject) => {
      socket.once('secureConnect', () => resolve(describeCertificate(socket)));
      socket.on('error', reject);
      socket.once('close', () => reject(closed));
    });
  try {
    return await within(signal, ms, () => closed, shown);
  } catch {
    return undefined;
  } finally {
    socket.destroy();
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

/** OpenSSL prints one attribute per line, from the country to the common name. */
function distinguishedName(name: string | undefined): string {
  return (name ?? '').split('\n').filter(Boolean).reverse().join(',');
}

function isoTime(text: string): string {
  const time = Date.parse(text);
  return Number.isNaN(time) ? text : new Date(time).toISOString().replace('.000Z', 'Z');
}
