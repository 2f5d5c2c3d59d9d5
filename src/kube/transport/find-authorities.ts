import type { X509Certificate } from 'node:crypto';
import { attempt } from '../../attempt.ts';

/** Certificates that a server sends beside its own, in its order. */
export function sentWith(certificate: X509Certificate): readonly X509Certificate[] {
  const sent: X509Certificate[] = [];
  let next = certificate.issuerCertificate;
  for (; next && sent.length < mostSent; next = next.issuerCertificate) sent.push(next);
  return sent;
}

/** More than any chain has. */
const mostSent = 32;

/** The CAs that vouch for a certificate, whatever its dates, names and usages are. */
export interface TrustPath {
  /** Authorities that are trusted: the one that the chain leads to, then those above it. Empty if there is none. */
  readonly trusted: readonly X509Certificate[];
  /** The root that the server sent itself, which nobody has to trust. */
  readonly sentRoot: X509Certificate | undefined;
}

/** @param trusted as in Go, also authorities that are no root */
export function findAuthorities(
  certificate: X509Certificate,
  trusted: readonly X509Certificate[],
): TrustPath {
  const sent = sentWith(certificate);
  const best = bestFirst(trusted);
  for (const each of pathUp(certificate, sent)) {
    const known = best.find((one) => one.raw.equals(each.raw) || isIssuedBy(each, one));
    if (known) return { trusted: pathUp(known, best), sentRoot: undefined };
  }
  const last = pathUp(certificate, sent).at(-1);
  const isRoot = last !== undefined && last !== certificate && isSelfSigned(last);
  return { trusted: [], sentRoot: isRoot ? last : undefined };
}

/** A renewed CA may be listed twice with one key: prefer the valid certificate. */
function bestFirst(authorities: readonly X509Certificate[]): readonly X509Certificate[] {
  const now = Date.now();
  const rank = ({ validFrom, validTo }: X509Certificate) =>
    Date.parse(validFrom) > now ? 0 : Date.parse(validTo);
  return [...authorities].sort((a, b) => rank(b) - rank(a));
}

/** Also one that may sign no others. */
export function isSelfSigned(certificate: X509Certificate): boolean {
  return certificate.subject === certificate.issuer && hasSigned(certificate, certificate);
}

/** From a certificate to its root, or the highest issuer that is at hand. */
function pathUp(
  certificate: X509Certificate,
  issuers: readonly X509Certificate[],
): readonly X509Certificate[] {
  const path = [certificate];
  let left = issuers.filter((each) => each !== certificate);
  for (let last = certificate; ; ) {
    if (isSelfSigned(last)) return path;
    const issuer = left.find((each) => isIssuedBy(last, each));
    if (!issuer) return path;
    path.push(issuer);
    left = left.filter((each) => each !== issuer);
    last = issuer;
  }
}

/** Names alone prove nothing. */
function isIssuedBy(certificate: X509Certificate, issuer: X509Certificate): boolean {
  return certificate.checkIssued(issuer) && hasSigned(issuer, certificate);
}

function hasSigned(issuer: X509Certificate, certificate: X509Certificate): boolean {
  // OpenSSL does not know all kinds of keys.
  return attempt(() => certificate.verify(issuer.publicKey)) ?? false;
}
