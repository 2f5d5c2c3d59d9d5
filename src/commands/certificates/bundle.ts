import {
  type CertificateAuthority,
  isSelfGenerated,
  type ShownCertificate,
} from '../../kubelet/certificate.ts';
import { cutText, escapeControlLine } from '../../text/escape.ts';
import { counted } from '../../text/list.ts';
import type { NodeCertificate } from './facts.ts';

export interface Bundle {
  /** PEM certificates, each after a comment; may be empty. */
  readonly text: string;
  readonly certificates: number;
  readonly missing: readonly Unverified[];
  /** Nodes whose certificate or CA is in the bundle although no trusted CA verified it. */
  readonly unverified: readonly string[];
  /** Nodes of `unverified` whose CA is in the bundle: clients then trust every certificate of this CA. */
  readonly unverifiedAuthorities: readonly string[];
}

interface Unverified {
  readonly name: string;
  readonly why: string;
  /** Whether the bundle would verify this kubelet if `trustFirst` were set. */
  readonly isOffered: boolean;
}

interface Entry {
  readonly authority: CertificateAuthority;
  readonly nodes: Set<string>;
}

/**
 * Makes a bundle of the certificates that verify kubelets. With `trustFirst`, also adds two kinds of certificates that no trusted CA
 * signed: certificates that kubelets made themselves, and root certificates that kubelets sent.
 */
export function makeBundle(
  nodes: readonly NodeCertificate[],
  { trustFirst, now }: { readonly trustFirst: boolean; readonly now: number },
): Bundle {
  const entries = new Map<string, Entry>();
  const missing: Unverified[] = [];
  const unverified: string[] = [];
  const unverifiedAuthorities: string[] = [];
  for (const { name, shown } of nodes) {
    if (!shown) {
      missing.push({ name, why: 'it showed no certificate', isOffered: false });
      continue;
    }
    const { certificate } = shown;
    const known = trustedFor(certificate);
    const own = known.length === 0 ? offeredBy(certificate) : undefined;
    const invalid = invalidity(certificate, now);
    const isOffered = own !== undefined && !trustFirst && invalid === undefined;
    const why = invalid ?? whyNotTrusted(certificate, known, own, trustFirst);
    if (why !== undefined) {
      missing.push({ name, why, isOffered });
      continue;
    }
    if (own) unverified.push(name);
    if (own && (own === certificate.sentRoot || certificate.isAuthority))
      unverifiedAuthorities.push(name);
    for (const authority of own ? [own] : known) {
      const entry = entries.get(authority.fingerprint) ?? { authority, nodes: new Set() };
      entry.nodes.add(name);
      entries.set(authority.fingerprint, entry);
    }
  }
  const text = [...entries.values()].map(renderEntry).join('');
  return { text, certificates: entries.size, missing, unverified, unverifiedAuthorities };
}

/**
 * Returns the certificates that the caller already trusts: the CAs of `certificate`, or `certificate` itself if its fingerprint is trusted.
 */
function trustedFor(certificate: ShownCertificate): readonly CertificateAuthority[] {
  const { authorities, verification } = certificate;
  if (authorities.length > 0) return authorities;
  return verification.result === 'fingerprint' ? [certificate] : [];
}

/**
 * Returns the certificate to trust on first use: the root that the kubelet sent, or undefined if it sent none. If the kubelet made its
 * certificate itself, returns that certificate and not its CA, because the CA could sign certificates of other kubelets.
 */
function offeredBy(certificate: ShownCertificate): CertificateAuthority | undefined {
  return isSelfGenerated(certificate) ? certificate : certificate.sentRoot;
}

/** Returns why no bundle can verify the certificate, or undefined if a bundle can. */
function invalidity(
  { notAfter, notBefore, verification, authorities }: ShownCertificate,
  now: number,
): string | undefined {
  if (Date.parse(notAfter) <= now) return 'its certificate has expired';
  if (Date.parse(notBefore) > now) return 'its certificate is not yet valid';
  if (verification.result !== 'refused') return undefined;
  const { cause, words } = verification;
  if (cause === 'certificate-expired') return 'the CA of its certificate has expired';
  // A bundle can verify this certificate for clients that connect to a name in it.
  if (cause === 'name-mismatch') return undefined;
  const isUnknown = cause === 'untrusted-ca' || cause === 'self-signed-certificate';
  return isUnknown && authorities.length === 0 ? undefined : words;
}

function whyNotTrusted(
  { issuerName }: ShownCertificate,
  known: readonly CertificateAuthority[],
  own: CertificateAuthority | undefined,
  trustFirst: boolean,
): string | undefined {
  if (known.length > 0 || (own && trustFirst)) return undefined;
  return own
    ? 'nothing vouches for it but the kubelet itself'
    : `its issuer ${issuerName} is not at hand`;
}

/** In characters. Subjects are cut because a certificate may have a subject of 100 kB. */
const longestSubject = 300;

function renderEntry({ authority: { subject, notAfter, pem }, nodes }: Entry): string {
  const comment = escapeControlLine(
    `# ${cutText(subject, longestSubject)}, expires ${notAfter}, for ${counted(nodes.size, 'node')}`,
  );
  return `${comment}\n${pem.trimEnd()}\n`;
}
