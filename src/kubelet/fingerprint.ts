/** Error code for a certificate whose fingerprint is not the expected one. Node.js has its own codes for a wrong chain or name. */
export const differentCertificate = 'ERR_KUBELET_CERTIFICATE_DIFFERENT';

export interface Pin {
  /** Name of a node, `HOST` or `HOST:PORT`. Undefined if the fingerprint is for the only kubelet that is called. */
  readonly kubelet: string | undefined;
  readonly fingerprint: string;
  /** Where the user wrote the fingerprint: `--kubelet-fingerprint`, or the path of a file. */
  readonly source: string;
  /** Line of a file; undefined for an option. */
  readonly line?: number;
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

export function parsePin(text: string, source: string, line?: number): Pin | undefined {
  const place = line === undefined ? { source } : { source, line };
  const whole = parseFingerprint(text);
  if (whole !== undefined) return { kubelet: undefined, fingerprint: whole, ...place };
  const [, kubelet, digest = ''] = /^([A-Za-z0-9.:%[\]_-]+)=(.*)$/s.exec(text) ?? [];
  const fingerprint = parseFingerprint(digest);
  return fingerprint === undefined ? undefined : { kubelet, fingerprint, ...place };
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
    const pin = parsePin(words, path, index + 1);
    if (pin?.kubelet === undefined || names.has(pin.kubelet)) return index + 1;
    names.add(pin.kubelet);
    pins.push(pin);
  }
  return pins;
}

/** Returns where a pin was written, as the end of a sentence: `given in FILE, line 2`. */
export function placeOf({ source, line }: Pin): string {
  return line === undefined ? `given with ${source}` : `given in ${source}, line ${line}`;
}

export function formatFingerprint(fingerprint: string): string {
  return `SHA256:${fingerprint}`;
}
