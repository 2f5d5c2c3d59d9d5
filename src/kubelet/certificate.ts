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

export const dayMs = 86_400_000;

/** Whole days until a certificate expires; negative after it has expired. */
export function daysLeft(certificate: ServingCertificate, now: number): number {
  return Math.floor((Date.parse(certificate.notAfter) - now) / dayMs);
}
