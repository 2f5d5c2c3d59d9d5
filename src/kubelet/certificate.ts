import { dayMs } from '../text/duration.ts';
import { counted } from '../text/list.ts';
import type { Cause } from './causes/causes.ts';

/** The certificate that a kubelet shows in a TLS handshake. */
export interface ServingCertificate {
  /** As in RFC 4514. */
  readonly subject: string;
  /** As in RFC 4514. */
  readonly issuer: string;
  /** `DNS:node-1`, `IP Address:10.0.0.1` */
  readonly names: readonly string[];
  /** @format date-time */
  readonly notBefore: string;
  /** @format date-time */
  readonly notAfter: string;
  /**
   * SHA-256, in pairs of hex digits with colons.
   * @pattern ^[0-9A-F]{2}(:[0-9A-F]{2}){31}$
   */
  readonly fingerprint: string;
  /** The TLS version that was negotiated, `TLSv1.3`; the kubelet may accept older ones. */
  readonly protocol: string;
}

/**
 * The serving certificate of a kubelet, in a report.
 * @public
 */
export interface ReportedCertificate extends ServingCertificate {
  /**
   * Whole days; negative after it has expired.
   * @asType integer
   */
  readonly daysLeft: number;
}

/** How the names of a certificate and those of its server fit together. */
export interface NameComparison {
  /** Names of the server that the certificate is for, and those that it is not for. */
  readonly covered: readonly string[];
  readonly missing: readonly string[];
  /** Names of the certificate that the server does not have. */
  readonly others: readonly string[];
}

/** What client and kubelet agreed on. */
export interface Handshake {
  /** `TLSv1.3` */
  readonly version: string | undefined;
  /** As OpenSSL names it: `TLS_AES_128_GCM_SHA256`. */
  readonly cipher: string | undefined;
  /** The group of the key exchange: `X25519MLKEM768`, `X25519`. */
  readonly group: string | undefined;
}

export interface CertificateAuthority {
  /** As in RFC 4514. */
  readonly subject: string;
  /** Its common name, or the whole subject if it has none. */
  readonly name: string;
  readonly notAfter: string;
  readonly fingerprint: string;
  readonly pem: string;
}

export type Verification =
  | { readonly result: 'verified' }
  /** One that the caller trusts by its fingerprint. */
  | { readonly result: 'fingerprint' }
  /** By chain and name, or by fingerprint. `words` say why. */
  | { readonly result: 'refused'; readonly cause: Cause; readonly words: string }
  /** There is nothing to verify it with. */
  | { readonly result: 'not checked' };

/** Whether a CA verifies a certificate, or a fingerprint that the caller has given. */
export function isTrusted({ result }: Verification): boolean {
  return result === 'verified' || result === 'fingerprint';
}

/** All that a handshake shows of a serving certificate. */
export interface ShownCertificate extends Omit<ServingCertificate, 'protocol'> {
  /** The common names of subject and issuer, or all of them if they have none. */
  readonly name: string;
  readonly issuerName: string;
  /** In hex digits. */
  readonly serial: string;
  /** `EC P-256`, `RSA 2048`, `Ed25519`; undefined for an unknown kind. */
  readonly key: string | undefined;
  /** `ecdsa-with-SHA256` */
  readonly signature: string | undefined;
  readonly pem: string;
  readonly isSelfSigned: boolean;
  /** Whether it may sign others. */
  readonly isAuthority: boolean;
  readonly verification: Verification;
  /** The trusted authority that its chain leads to, and those above it. Empty if there is none. */
  readonly authorities: readonly CertificateAuthority[];
  /** The root that the kubelet sent, if no trusted authority is known. */
  readonly sentRoot: CertificateAuthority | undefined;
}

/**
 * Whether it vouches for itself: signed with its own key, or by the authority that a kubelet without tlsCertFile and
 * serverTLSBootstrap makes for the purpose.
 * Source: GenerateSelfSignedCertKey of kubernetes staging/src/k8s.io/client-go/util/cert/cert.go.
 */
export function isSelfMade({
  isSelfSigned,
  name,
  issuerName,
}: Pick<ShownCertificate, 'isSelfSigned' | 'name' | 'issuerName'>): boolean {
  const [, host] = /^(.+)@\d+$/s.exec(name) ?? [];
  const [, issuerHost] = /^(.+)-ca@\d+$/s.exec(issuerName) ?? [];
  return isSelfSigned || (host !== undefined && host === issuerHost);
}

/** How a certificate or CA expires, in words that follow its name; empty until `warnDays` before that. */
export function judgeExpiry(
  { notAfter }: Pick<ServingCertificate, 'notAfter'>,
  now: number,
  warnDays: number,
): readonly Expiry[] {
  return judgeTimeLeft(Date.parse(notAfter) - now, warnDays);
}

export interface Expiry {
  readonly words: string;
  readonly leftMs: number;
}

/** The same, by the time that is left. */
export function judgeTimeLeft(leftMs: number, warnDays: number): readonly Expiry[] {
  if (leftMs <= 0) return [{ words: 'has expired', leftMs }];
  const days = Math.floor(leftMs / dayMs);
  const words = `expires in ${days < 1 ? 'less than a day' : counted(days, 'day')}`;
  return leftMs <= warnDays * dayMs ? [{ words, leftMs }] : [];
}

/** Those that will expire, the first of them first, and in words when that does: `expires in 4 days (first of 3)`. */
export function firstToExpire<T extends Expiry>(
  expiring: readonly T[],
): { readonly soon: readonly T[]; readonly words: string } {
  const soon = expiring.filter(({ leftMs }) => leftMs > 0).toSorted((a, b) => a.leftMs - b.leftMs);
  const [first] = soon;
  return { soon, words: `${first?.words}${soon.length > 1 ? ` (first of ${soon.length})` : ''}` };
}

/** Whole days until a certificate expires; negative after it has expired. */
export function daysLeft(certificate: Pick<ServingCertificate, 'notAfter'>, now: number): number {
  return Math.floor((Date.parse(certificate.notAfter) - now) / dayMs);
}
