import { X509Certificate } from 'node:crypto';
import type { TLSSocket } from 'node:tls';
import { attempt } from '../../attempt.ts';
import type { HostPort } from '../../kubelet/address.ts';
import { causeOfTransport, describeTransport } from '../../kubelet/causes/causes.ts';
import type {
  CertificateAuthority,
  Handshake,
  ShownCertificate,
  Verification,
} from '../../kubelet/certificate.ts';
import { cutText } from '../../text/escape.ts';
import { lastCommonName } from '../transport/certificate-names.ts';
import { connectWithin } from '../transport/connect.ts';
import { findAuthorities, isSelfSigned } from '../transport/find-authorities.ts';
import type { Limits } from '../transport/limits.ts';
import { describeX509 } from '../transport/peer-certificate.ts';
import { secureAddress } from '../transport/server-address.ts';
import { type AcceptCertificate, authorities } from '../transport/tls.ts';
import { openTunnel } from '../transport/tunnel.ts';
import { directLabel, kubeletUnreachable } from './client.ts';
import { keyKind } from './key-kind.ts';
import { isVerified, type KubeletAccess } from './kubelet-access.ts';

export type CertificateReader = ReturnType<typeof certificateReader>;

/**
 * Returns a function that reads a kubelet's certificate by a TLS handshake, even if the certificate is not trusted. The function sends no
 * credential or request, and uses the same proxy as requests. It throws Interrupted, or a KubeletFailure if the handshake fails. Its
 * argument `name` is the name of the node, or undefined if the kubelet is called by its address. In the result, `subjectAltName` contains
 * the names of the certificate as Node.js prints them.
 */
export function certificateReader(access: KubeletAccess) {
  const { trust } = access;
  const trusted = trust.verify ? authorities(trust).map((pem) => new X509Certificate(pem)) : [];
  return async (
    name: string | undefined,
    target: HostPort,
    limits: Limits,
    signal: AbortSignal,
  ) => {
    const address = secureAddress(target);
    const { authority } = address;
    let shown: [X509Certificate, Verification] | undefined;
    let handshake: Handshake | undefined;
    const verify = verifierOf(access, { node: name, host: target.host, authority });
    const accept: AcceptCertificate = async (certificate, problem) => {
      shown = [certificate, await verify(certificate, problem)];
      return undefined;
    };
    const route = access.routeTo(address);
    const peer = {
      ...target,
      tls: { ...trust, accept, clientCertificate: undefined },
      tunnel: route && ((until: AbortSignal) => openTunnel(route, target, until)),
    };
    try {
      const { socket } = await connectWithin(peer, limits, signal);
      handshake = handshakeOf(socket as TLSSocket);
      // destroySoon sends pending bytes first. Otherwise the kubelet would log an error for the handshake.
      socket.destroySoon();
    } catch (error) {
      const label = directLabel(name, authority, route);
      const where = { hop: 'caller-to-kubelet', address: authority, node: name } as const;
      throw kubeletUnreachable({ label, where }, error, limits);
    }
    if (!shown || !handshake) throw new Error('a handshake without a certificate');
    const [certificate, verification] = shown;
    const { subjectAltName = '' } = certificate;
    return { certificate: shownOf(certificate, verification, trusted), subjectAltName, handshake };
  };
}

function handshakeOf(socket: TLSSocket): Handshake {
  // Node.js also returns the name of a key encapsulation mechanism, but the declared type lacks this field.
  const { name: group } = (socket.getEphemeralKeyInfo() ?? {}) as { readonly name?: string };
  return {
    version: socket.getProtocol() ?? undefined,
    cipher: socket.getCipher().name,
    group: group || undefined,
  };
}

export function describePem(pem: string): ReturnType<typeof describeX509> | undefined {
  return attempt(() => describeX509(new X509Certificate(pem)));
}

/** Returns a function that verifies a certificate as a request would: by its chain and name, or by the fingerprint that the caller gave. */
function verifierOf(
  access: KubeletAccess,
  kubelet: Parameters<NonNullable<KubeletAccess['acceptorFor']>>[0],
): (certificate: X509Certificate, problem?: NodeJS.ErrnoException) => Promise<Verification> {
  const accept = access.acceptorFor?.(kubelet);
  return async (certificate, problem) => {
    if (!isVerified(access)) return { result: 'not-checked' };
    if (!accept && !problem) return { result: 'verified' };
    const rejection = accept ? await accept(certificate, problem) : problem;
    if (!rejection) return problem ? { result: 'fingerprint' } : { result: 'verified' };
    const { code = '', message } = rejection;
    const facts = { stage: 'handshake', code, message } as const;
    return { result: 'refused', cause: causeOfTransport(facts), words: describeTransport(facts) };
  };
}

function shownOf(
  certificate: X509Certificate,
  verification: Verification,
  trusted: readonly X509Certificate[],
): ShownCertificate {
  const path = findAuthorities(certificate, trusted);
  return {
    ...describeX509(certificate),
    name: commonName(certificate.subject),
    issuerName: commonName(certificate.issuer),
    serial: certificate.serialNumber,
    key: keyOf(certificate),
    signature: certificate.signatureAlgorithm,
    pem: certificate.toString(),
    isSelfSigned: isSelfSigned(certificate),
    isAuthority: certificate.ca,
    verification,
    authorities: path.trusted.map(authorityOf),
    sentRoot: path.sentRoot && authorityOf(path.sentRoot),
  };
}

function authorityOf(certificate: X509Certificate): CertificateAuthority {
  const { subject, notAfter, fingerprint } = describeX509(certificate);
  const name = commonName(certificate.subject);
  return { subject, name, notAfter, fingerprint, pem: certificate.toString() };
}

/** Limit of a name in characters. `system:node:` with the name of a node is shorter, but a certificate may have 100 kB. */
const longestName = 300;

/** Returns the common name; if there is none, returns all attributes. */
function commonName(name = ''): string {
  const attributes = () => name.split('\n').filter(Boolean).reverse().join(',');
  return cutText(lastCommonName(name) ?? attributes(), longestName);
}

function keyOf(certificate: X509Certificate): string | undefined {
  // `publicKey` throws if OpenSSL does not know the type of key.
  const key = attempt(() => certificate.publicKey);
  return key && keyKind(key);
}
