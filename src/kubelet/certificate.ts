/** The certificate that a kubelet presents in a TLS handshake. Names as in RFC 4514, times in ISO 8601. */
export interface ServingCertificate {
  readonly subject: string;
  readonly issuer: string;
  /** `DNS:node-1`, `IP Address:10.0.0.1`. */
  readonly names: readonly string[];
  readonly notBefore: string;
  readonly notAfter: string;
  /** SHA-256, in pairs of hex digits with colons. */
  readonly fingerprint: string;
  /** `TLSv1.3`: the negotiated version; the kubelet may accept older ones. */
  readonly protocol: string;
}

export const dayMs = 86_400_000;

/** Whole days until a certificate expires; negative once it has. */
export function daysLeft(certificate: ServingCertificate, now: number): number {
  return Math.floor((Date.parse(certificate.notAfter) - now) / dayMs);
}
