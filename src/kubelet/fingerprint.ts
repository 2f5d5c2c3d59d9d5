/** Error code for a certificate whose fingerprint is not the expected one. Node.js has its own codes for a wrong chain or name. */
export const differentCertificate = 'ERR_KUBELET_CERTIFICATE_DIFFERENT';

export interface Pin {
  /** Name of a node, `HOST` or `HOST:PORT`. Undefined if the fingerprint is for the only kubelet that is called. */
  readonly kubelet: string | undefined;
  readonly fingerprint: string;
  /** Where the user wrote the fingerprint, as the end of a sentence: `given with --kubelet-fingerprint`. */
  readonly where: string;
}

/**
 * Parses a SHA-256 fingerprint: in pairs of digits with colons, as this program and openssl print it, or as 64 hex digits. Returns
 * it in the format of `ServingCertificate`; undefined for any other text.
 */
export function parseFingerprint(text: string): string | undefined {
  const [, digits = ''] = /^(?:sha256(?: Fingerprint)?[:=])?([0-9a-f:]*)$/i.exec(text) ?? [];
  if (!/^(?:[0-9a-f]{64}|[0-9a-f]{2}(?::[0-9a-f]{2}){31})$/i.test(digits)) return undefined;
  const pairs = digits.replaceAll(':', '').match(/../g) ?? [];
  return pairs.join(':').toUpperCase();
}

export function parsePin(text: string, where: string): Pin | undefined {
  const whole = parseFingerprint(text);
  if (whole !== undefined) return { kubelet: undefined, fingerprint: whole, where };
  const [, kubelet, digest = ''] = /^([A-Za-z0-9.:%[\]_-]+)=(.*)$/s.exec(text) ?? [];
  const fingerprint = parseFingerprint(digest);
  return fingerprint === undefined ? undefined : { kubelet, fingerprint, where };
}

/**
 * Parses the lines `NODE=SHA256:…` of a file. Skips comments (#) and empty lines. If a line is invalid or repeats a kubelet,
 * returns the number of this line instead.
 */
export function parsePinFile(text: string, path: string): readonly Pin[] | number {
  const pins: Pin[] = [];
  const names = new Set<string>();
  for (const [index, line] of text.split('\n').entries()) {
    const words = line.trim();
    if (words === '' || words.startsWith('#')) continue;
    const pin = parsePin(words, `given in ${path}, line ${index + 1}`);
    if (pin?.kubelet === undefined || names.has(pin.kubelet)) return index + 1;
    names.add(pin.kubelet);
    pins.push(pin);
  }
  return pins;
}

export function formatFingerprint(fingerprint: string): string {
  return `SHA256:${fingerprint}`;
}
