import { createPublicKey, type KeyObject } from 'node:crypto';

const curves: Readonly<Record<string, string>> = {
  prime256v1: 'P-256',
  secp384r1: 'P-384',
  secp521r1: 'P-521',
};

/** Returns the kind of a key: `EC P-256`, `RSA 2048` or `Ed25519`; undefined for an unknown kind. */
export function keyKind({
  asymmetricKeyType: kind,
  asymmetricKeyDetails: details = {},
}: KeyObject): string | undefined {
  const { namedCurve = '', modulusLength } = details;
  if (kind === 'ec') return `EC ${curves[namedCurve] ?? namedCurve}`;
  if (kind === 'rsa') return `RSA ${modulusLength}`;
  return kind === 'ed25519' ? 'Ed25519' : kind;
}

export function keyKindOf(spki: Buffer): string | undefined {
  return keyKind(createPublicKey({ key: spki, format: 'der', type: 'spki' }));
}
