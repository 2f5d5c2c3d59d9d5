import 'reflect-metadata';
import * as x509 from '@peculiar/x509';

/** A certificate and its private key, in PEM. */
export interface KeyPair {
  readonly cert: string;
  readonly key: string;
}

export interface CertificateRequest {
  readonly commonName: string;
  readonly organizations?: readonly string[];
  readonly usage: 'server' | 'client';
  readonly dnsNames?: readonly string[];
  readonly ips?: readonly string[];
  readonly notBefore?: Date;
  readonly notAfter?: Date;
  /** Algorithm of the key; by default ECDSA on the curve P-256. */
  readonly key?: keyof typeof algorithms;
}

export interface Authority {
  readonly cert: string;
  readonly key: string;
  issue(request: CertificateRequest): Promise<KeyPair>;
  createIntermediate(commonName: string, dates?: Dates): Promise<Authority>;
  /** Returns the same authority with a new certificate for its key. */
  renew(dates: Dates): Promise<Authority>;
}

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const algorithms = {
  'P-256': algorithm,
  'P-384': { ...algorithm, namedCurve: 'P-384' },
  'RSA 2048': {
    name: 'RSASSA-PKCS1-v1_5',
    hash: 'SHA-256',
    publicExponent: new Uint8Array([1, 0, 1]),
    modulusLength: 2048,
  },
  Ed25519: { name: 'Ed25519' },
} as const;
const day = 86_400_000;

interface SigningRequest extends Omit<CertificateRequest, 'usage' | 'notBefore' | 'notAfter'> {
  readonly emails?: readonly string[];
  readonly uris?: readonly string[];
  readonly isAuthority?: boolean;
}

export async function createSigningRequest({
  commonName,
  organizations = [],
  dnsNames = [],
  ips = [],
  emails = [],
  uris = [],
  isAuthority = false,
  key = 'P-256',
}: SigningRequest): Promise<string> {
  const keys = (await crypto.subtle.generateKey(algorithms[key], true, ['sign', 'verify'])) as Keys;
  const names = ([type, values]: readonly [x509.GeneralNameType, readonly string[]]) =>
    values.map((value) => ({ type, value }));
  const all = (
    [
      ['dns', dnsNames],
      ['ip', ips],
      ['email', emails],
      ['url', uris],
    ] as const
  ).flatMap(names);
  const request = await x509.Pkcs10CertificateRequestGenerator.create({
    name: [...organizations.map((O) => ({ O: [O] })), { CN: [commonName] }],
    keys,
    signingAlgorithm: algorithms[key],
    extensions: [
      ...(all.length === 0 ? [] : [new x509.SubjectAlternativeNameExtension(all)]),
      ...(isAuthority ? [new x509.BasicConstraintsExtension(true)] : []),
    ],
  });
  return request.toString('pem');
}

export function createAuthority(commonName: string, dates: Dates = {}): Promise<Authority> {
  return makeAuthority(commonName, undefined, dates);
}

/** Returns the same certificate for equal requests, which saves time for each further sandbox. */
export async function createKeepingAuthority(commonName: string): Promise<Authority> {
  const authority = await createAuthority(commonName);
  const issued = new Map<string, Promise<KeyPair>>();
  const issue: Authority['issue'] = (request) => {
    const key = JSON.stringify(request);
    const pair = issued.get(key) ?? authority.issue(request);
    issued.set(key, pair);
    return pair;
  };
  return { ...authority, issue };
}

type Dates = Pick<CertificateRequest, 'notBefore' | 'notAfter'>;

interface Issuer {
  readonly certificate: x509.X509Certificate;
  readonly keys: Keys;
}

interface Keys {
  readonly privateKey: CryptoKey;
  readonly publicKey: CryptoKey;
}

async function makeAuthority(
  commonName: string,
  parent: Issuer | undefined,
  dates: Dates = {},
  known?: Keys,
): Promise<Authority> {
  const keys = known ?? (await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify']));
  const subject: x509.JsonName = [{ CN: [commonName] }];
  const certificate = await x509.X509CertificateGenerator.create({
    subject,
    issuer: parent?.certificate.subjectName ?? subject,
    publicKey: keys.publicKey,
    signingKey: parent?.keys.privateKey ?? keys.privateKey,
    notBefore: dates.notBefore ?? new Date(Date.now() - day),
    notAfter: dates.notAfter ?? new Date(Date.now() + 3650 * day),
    signingAlgorithm: algorithm,
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.KeyUsagesExtension(
        x509.KeyUsageFlags.keyCertSign |
          x509.KeyUsageFlags.cRLSign |
          x509.KeyUsageFlags.digitalSignature,
        true,
      ),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
      ...(parent ? [await x509.AuthorityKeyIdentifierExtension.create(parent.certificate)] : []),
    ],
  });
  return {
    cert: certificate.toString('pem'),
    key: await privatePem(keys.privateKey),
    issue: (request) => issue(request, certificate, keys),
    createIntermediate: (name, dates) => makeAuthority(name, { certificate, keys }, dates),
    renew: (dates) => makeAuthority(commonName, parent, dates, keys),
  };
}

/** Creates a self-signed certificate, as `openssl req -x509` does. */
export function createSelfSigned(request: CertificateRequest): Promise<KeyPair> {
  return issue(request, undefined, undefined);
}

async function issue(
  request: CertificateRequest,
  issuer: x509.X509Certificate | undefined,
  issuerKeys: Keys | undefined,
): Promise<KeyPair> {
  const own = algorithms[request.key ?? 'P-256'];
  const keys = (await crypto.subtle.generateKey(own, true, ['sign', 'verify'])) as Keys;
  const names: x509.JsonGeneralName[] = [
    ...(request.dnsNames ?? []).map((value) => ({ type: 'dns' as const, value })),
    ...(request.ips ?? []).map((value) => ({ type: 'ip' as const, value })),
  ];
  const usage =
    request.usage === 'server'
      ? x509.ExtendedKeyUsage.serverAuth
      : x509.ExtendedKeyUsage.clientAuth;
  const subject: x509.JsonName = [
    ...(request.organizations ?? []).map((O) => ({ O: [O] })),
    { CN: [request.commonName] },
  ];
  const certificate = await x509.X509CertificateGenerator.create({
    subject,
    issuer: issuer?.subjectName ?? subject,
    publicKey: keys.publicKey,
    signingKey: (issuerKeys ?? keys).privateKey,
    signingAlgorithm: issuerKeys ? algorithm : own,
    notBefore: request.notBefore ?? new Date(Date.now() - day),
    // Ends half a day after a full number of days, so that the number of days left does not change during a test.
    notAfter: request.notAfter ?? new Date(Date.now() + 364.5 * day),
    extensions: [
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([usage]),
      ...(issuer ? [await x509.AuthorityKeyIdentifierExtension.create(issuer)] : []),
      ...(names.length > 0 ? [new x509.SubjectAlternativeNameExtension(names)] : []),
    ],
  });
  return { cert: certificate.toString('pem'), key: await privatePem(keys.privateKey) };
}

async function privatePem(key: CryptoKey): Promise<string> {
  return x509.PemConverter.encode(await crypto.subtle.exportKey('pkcs8', key), 'PRIVATE KEY');
}
