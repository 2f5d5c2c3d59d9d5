import { dayMs } from '../text/duration.ts';
import { counted } from '../text/list.ts';
import type { Cause } from './causes/causes.ts';

/** The certificate that a kubelet presents in the TLS handshake. */
export interface ServingCertificate {
  /** Distinguished name in the format of RFC 4514. */
  readonly subject: string;
  /** Distinguished name in the format of RFC 4514. */
  readonly issuer: string;
  /** Subject alternative names, such as `DNS:node-1` and `IP Address:10.0.0.1`. */
  readonly names: readonly string[];
  /** @format date-time */
  readonly notBefore: string;
  /** @format date-time */
  readonly notAfter: string;
  /**
   * SHA-256 fingerprint, in pairs of hex digits with colons.
   * @pattern ^[0-9A-F]{2}(:[0-9A-F]{2}){31}$
   */
  readonly fingerprint: string;
  /** The negotiated TLS version, such as `TLSv1.3`; the kubelet may accept older versions. */
  readonly protocol: string;
}

/**
 * The serving certificate of a kubelet, as reports contain it.
 * @public
 */
export interface ReportedCertificate extends ServingCertificate {
  /**
   * Whole days until the certificate expires; negative after the expiry.
   * @asType integer
   */
  readonly daysLeft: number;
}

export interface NameComparison {
  /** Names of the server that are in the certificate. `missing` contains the server's other names. */
  readonly covered: readonly string[];
  readonly missing: readonly string[];
  /** Names in the certificate that the server does not have. */
  readonly others: readonly string[];
}

export interface Handshake {
  /** TLS version, such as `TLSv1.3`. */
  readonly version: string | undefined;
  /** OpenSSL name of the cipher, such as `TLS_AES_128_GCM_SHA256`. */
  readonly cipher: string | undefined;
  /** Group of the key exchange, such as `X25519MLKEM768` or `X25519`. */
  readonly group: string | undefined;
}

export interface CertificateAuthority {
  /** Distinguished name in the format of RFC 4514. */
  readonly subject: string;
  /** Common name of the CA; if it has none, its whole subject. */
  readonly name: string;
  readonly notAfter: string;
  readonly fingerprint: string;
  readonly pem: string;
}

export type Verification =
  | { readonly result: 'verified' }
  /** The certificate has the fingerprint that the user trusts. */
  | { readonly result: 'fingerprint' }
  /** The chain, the name or the fingerprint does not match; `words` say why. */
  | { readonly result: 'refused'; readonly cause: Cause; readonly words: string }
  /** Not checked, because neither a CA nor a fingerprint is known. */
  | { readonly result: 'not-checked' };

export function isTrusted({ result }: Verification): boolean {
  return result === 'verified' || result === 'fingerprint';
}

export interface ShownCertificate extends Omit<ServingCertificate, 'protocol'> {
  /** Common name of the subject; if it has none, the whole subject. `issuerName` is the same for the issuer. */
  readonly name: string;
  readonly issuerName: string;
  /** Serial number in hex digits. */
  readonly serial: string;
  /** Type of the public key, such as `EC P-256`, `RSA 2048` or `Ed25519`; undefined if unknown. */
  readonly key: string | undefined;
  /** Signature algorithm, such as `ecdsa-with-SHA256`. */
  readonly signature: string | undefined;
  readonly pem: string;
  readonly isSelfSigned: boolean;
  readonly isAuthority: boolean;
  readonly verification: Verification;
  /** The trusted CA at the end of the chain, and the CAs above it. Empty if no trusted CA signed the certificate. */
  readonly authorities: readonly CertificateAuthority[];
  /** The root certificate that the kubelet sent, if no trusted CA signed the chain. */
  readonly sentRoot: CertificateAuthority | undefined;
}

/**
 * Whether the kubelet made the certificate itself. Such a certificate is self-signed, or signed by the CA that kubelets without
 * tlsCertFile and serverTLSBootstrap create for this purpose.
 * Source: GenerateSelfSignedCertKey of kubernetes staging/src/k8s.io/client-go/util/cert/cert.go.
 */
export function isSelfGenerated({
  isSelfSigned,
  name,
  issuerName,
}: Pick<ShownCertificate, 'isSelfSigned' | 'name' | 'issuerName'>): boolean {
  const [, host] = /^(.+)@\d+$/s.exec(name) ?? [];
  const [, issuerHost] = /^(.+)-ca@\d+$/s.exec(issuerName) ?? [];
  return isSelfSigned || (host !== undefined && host === issuerHost);
}

/** Returns when a certificate or CA expires, in words such as `expires in 4 days`. Empty if more than `warnDays` are left. */
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

export function judgeTimeLeft(leftMs: number, warnDays: number): readonly Expiry[] {
  if (leftMs <= 0) return [{ words: 'has expired', leftMs }];
  const days = Math.floor(leftMs / dayMs);
  const words = `expires in ${days < 1 ? 'less than a day' : counted(days, 'day')}`;
  return leftMs <= warnDays * dayMs ? [{ words, leftMs }] : [];
}

export interface CertificateFault {
  readonly cause: Cause | 'certificate-expires-soon';
  /** When the certificate expires. Undefined if the cause is not the expiry. */
  readonly expiry?: Expiry;
}

/**
 * Returns the faults of a serving certificate: first its validity dates, then `refusal`.
 * @param refusal why clients cannot verify the certificate; undefined if they can, or if nobody tried
 */
export function judgeCertificate(
  certificate: Pick<ServingCertificate, 'notBefore' | 'notAfter'>,
  refusal: Cause | undefined,
  now: number,
  warnDays: number,
): readonly CertificateFault[] {
  const expiring = judgeExpiry(certificate, now, warnDays);
  const dated: readonly CertificateFault[] = [
    ...expiring.map((expiry): CertificateFault => {
      const cause = expiry.leftMs > 0 ? 'certificate-expires-soon' : 'certificate-expired';
      return { cause, expiry };
    }),
    ...(Date.parse(certificate.notBefore) > now
      ? [{ cause: 'certificate-not-yet-valid' } as const]
      : []),
  ];
  return refusal === undefined || dated.some(({ cause }) => cause === refusal)
    ? dated
    : [...dated, { cause: refusal }];
}

/**
 * Returns the certificates that have not expired yet, the first to expire first, and words about the first: `expires in 4 days
 * (first of 3)`.
 */
export function firstToExpire<T extends Expiry>(
  expiring: readonly T[],
): { readonly soon: readonly T[]; readonly words: string } {
  const soon = expiring.filter(({ leftMs }) => leftMs > 0).toSorted((a, b) => a.leftMs - b.leftMs);
  const [first] = soon;
  return { soon, words: `${first?.words}${soon.length > 1 ? ` (first of ${soon.length})` : ''}` };
}

export function daysLeft(certificate: Pick<ServingCertificate, 'notAfter'>, now: number): number {
  return Math.floor((Date.parse(certificate.notAfter) - now) / dayMs);
}
