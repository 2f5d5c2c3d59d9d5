/** Why a serving certificate is not accepted, as codes of errors: beside those of Node for chain and name. */
export const fingerprintCodes = {
  different: 'ERR_KUBELET_CERTIFICATE_DIFFERENT',
  unrecorded: 'ERR_KUBELET_CERTIFICATE_UNRECORDED',
} as const;

/**
 * The SHA-256 fingerprint of a certificate as this program prints it and openssl does, in pairs with colons, or as 64 hex
 * digits. Returns it as in `ServingCertificate`; undefined for anything else.
 */
export function parseFingerprint(text: string): string | undefined {
  const [, digits = ''] = /^(?:sha256(?: Fingerprint)?[:=])?([0-9a-f:]*)$/i.exec(text) ?? [];
  if (!/^(?:[0-9a-f]{64}|[0-9a-f]{2}(?::[0-9a-f]{2}){31})$/i.test(digits)) return undefined;
  const pairs = digits.replaceAll(':', '').match(/../g) ?? [];
  return pairs.join(':').toUpperCase();
}

/** As options take it. */
export function formatFingerprint(fingerprint: string): string {
  return `SHA256:${fingerprint}`;
}
