import type { X509Certificate } from 'node:crypto';
import { attempt } from '../../attempt.ts';

/** Returns the certificates that a server sends after its own, in order. */
export function chainSentWith(certificate: X509Certificate): readonly X509Certificate[] {
  const sent: X509Certificate[] = [];
  let next = certificate.issuerCertificate;
  for (; next && sent.length < mostSent; next = next.issuerCertificate) sent.push(next);
  return sent;
}

/** Limit of certificates that a server sends. Real chains are shorter. */
const mostSent = 32;

/** The CAs that issued a certificate, directly or by intermediate CAs. Dates, names and usages are not checked. */
export interface TrustPath {
  /** Trusted CAs of the chain, from the first trusted CA up to the root. Empty if the chain contains no trusted CA. */
  readonly trusted: readonly X509Certificate[];
  /** Untrusted root that the server itself sent; undefined if it sent none or `trusted` is not empty. */
  readonly sentRoot: X509Certificate | undefined;
}

/** Finds the CAs that issued a certificate. As in Go, `trusted` may contain CAs that are not roots. */
export function findAuthorities(
  certificate: X509Certificate,
  trusted: readonly X509Certificate[],
): TrustPath {
  const sent = chainSentWith(certificate);
  const best = bestFirst(trusted);
  for (const each of pathUp(certificate, sent)) {
    const known = best.find((one) => one.raw.equals(each.raw) || isIssuedBy(each, one));
    if (known) return { trusted: pathUp(known, best), sentRoot: undefined };
  }
  const last = pathUp(certificate, sent).at(-1);
  const isRoot = last !== undefined && last !== certificate && isSelfSigned(last);
  return { trusted: [], sentRoot: isRoot ? last : undefined };
}

/**
 * Sorts CAs by the end of their validity: the latest first, and CAs that are not yet valid last. A renewed CA may be listed twice with the
 * same key, and its valid certificate must come first.
 */
function bestFirst(authorities: readonly X509Certificate[]): readonly X509Certificate[] {
  const now = Date.now();
  const rank = ({ validFrom, validTo }: X509Certificate) =>
    Date.parse(validFrom) > now ? 0 : Date.parse(validTo);
  return [...authorities].sort((a, b) => rank(b) - rank(a));
}

/** Whether a certificate is signed with its own key, even if it is not a CA. */
export function isSelfSigned(certificate: X509Certificate): boolean {
  return certificate.subject === certificate.issuer && hasSigned(certificate, certificate);
}

/** Returns a certificate and its issuers in order, up to the root or to the last issuer that `issuers` contains. */
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

/** Whether an issuer has signed a certificate. Equal names alone prove nothing. */
function isIssuedBy(certificate: X509Certificate, issuer: X509Certificate): boolean {
  return certificate.checkIssued(issuer) && hasSigned(issuer, certificate);
}

function hasSigned(issuer: X509Certificate, certificate: X509Certificate): boolean {
  // `publicKey` throws if OpenSSL does not know the type of key.
  return attempt(() => certificate.verify(issuer.publicKey)) ?? false;
}
