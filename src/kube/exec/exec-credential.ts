import { createPrivateKey, X509Certificate } from 'node:crypto';
import { Failure } from '../../errors.ts';
import { readYaml } from '../yaml/read-yaml.ts';

/** At least one of token and client certificate is there. */
export interface ExecCredential {
  readonly token: string | undefined;
  /** PEM texts. */
  readonly clientCertificate: { readonly cert: string; readonly key: string } | undefined;
  /** In ms since 1970; undefined: does not expire. */
  readonly expires: number | undefined;
}

/**
 * What a plugin printed, as kubectl takes it: an ExecCredential of this apiVersion, in JSON or YAML. Throws a Failure that
 * says what is wrong with it and never repeats any of it: it may hold a credential, wherever it stands.
 */
export function parseExecAnswer(text: string, apiVersion: string): ExecCredential {
  const answer = mapping(decode(text), 'it');
  if (!['', 'ExecCredential'].includes(string(answer, 'kind')))
    throw undecodable('its kind is not ExecCredential');
  checkVersion(string(answer, 'apiVersion'), apiVersion);
  if (answer['status'] == null) throw execFailure("exec plugin didn't return a status field");

  const status = mapping(answer['status'], 'status');
  const token = string(status, 'token');
  const cert = string(status, 'clientCertificateData');
  const key = string(status, 'clientKeyData');
  const expires = expiry(status['expirationTimestamp'] ?? undefined);
  if (token === '' && cert === '' && key === '')
    throw execFailure("exec plugin didn't return a token or cert/key pair");
  if ((cert === '') !== (key === ''))
    throw execFailure('exec plugin returned only certificate or key, not both');
  if (cert !== '') checkPair(cert, key);
  if (/[^\t\x20-\x7e]/.test(token))
    throw execFailure('exec plugin returned a token with characters that no HTTP header can carry');
  return {
    token: token || undefined,
    clientCertificate: cert === '' ? undefined : { cert, key },
    expires,
  };
}

/** A Failure to get a credential, in kubectl's words. */
export function execFailure(
  problem: string,
  details: readonly string[] = [],
  hints: readonly string[] = [],
): Failure {
  return new Failure(`getting credentials: ${problem}`, { details, hints });
}

// kubectl takes for JSON whatever begins with a brace, and of YAML the first document alone.
function decode(text: string): unknown {
  if (text.trim() === '') throw undecodable('there is nothing in it');
  try {
    return /^[\t\n\r ]*\{/.test(text) ? JSON.parse(text) : readYaml(Buffer.from(text));
  } catch {
    throw undecodable('it is not valid JSON or YAML');
  }
}

function checkVersion(returned: string, configured: string): void {
  if (returned === configured) return;
  const known = /^client\.authentication\.k8s\.io\/v[0-9a-z]{1,10}$/.test(returned);
  const told = known ? `version ${returned}` : returned === '' ? 'no version' : 'another version';
  throw execFailure(
    `exec plugin is configured to use API version ${configured}, plugin returned ${told}`,
    [],
    [
      'apiVersion of the exec in the kubeconfig must be one that the plugin supports: see its documentation',
    ],
  );
}

/** RFC 3339 as Go reads it. Go's zero time stands for none. */
function expiry(value: unknown): number | undefined {
  if (value === undefined) return undefined;
  const [, date, time, fraction = '', offset] =
    /^(\d{4}-\d\d-\d\d)T((?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d)([.,]\d+)?(Z|[+-]\d\d:\d\d)$/.exec(
      string({ value }, 'value', 'expirationTimestamp'),
    ) ?? [];
  // Date.parse lets 30 February pass for 2 March.
  const day = new Date(`${date}T00:00:00Z`);
  const ms = Date.parse(`${date}T${time}${fraction.replace(',', '.')}${offset}`);
  if (Number.isNaN(ms) || !day.toISOString().startsWith(`${date}`))
    throw undecodable('expirationTimestamp is not a time such as 2030-01-31T12:00:00Z');
  return ms === Date.parse('0001-01-01T00:00:00Z') ? undefined : ms;
}

function checkPair(cert: string, key: string): void {
  const problem = pairProblem(cert, key);
  if (problem !== undefined)
    throw execFailure(`failed parsing client key/certificate of the exec plugin: ${problem}`);
}

// OpenSSL's own words are left out: none is needed.
function pairProblem(cert: string, key: string): string | undefined {
  if (/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(cert) && !cert.includes('BEGIN CERTIFICATE'))
    return 'a private key stands where the certificate belongs: they may have been switched';
  const certificate = attempt(() => new X509Certificate(cert));
  if (!certificate) return 'the certificate is not valid PEM';
  if (/^(?:-----BEGIN |Proc-Type:.*)ENCRYPTED/m.test(key)) return 'the key is encrypted';
  const privateKey = attempt(() => createPrivateKey(key));
  if (!privateKey) return 'the key is not valid PEM';
  return certificate.checkPrivateKey(privateKey)
    ? undefined
    : 'the key is not that of the certificate';
}

function attempt<T>(make: () => T): T | undefined {
  try {
    return make();
  } catch {
    return undefined;
  }
}

type Fields = Readonly<Record<string, unknown>>;

function mapping(value: unknown, what: string): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw undecodable(`${what} is not an object`);
  return value as Fields;
}

function string(fields: Fields, key: string, what = key): string {
  const value = fields[key] ?? '';
  if (typeof value !== 'string') throw undecodable(`${what} is not a string`);
  return value;
}

function undecodable(problem: string): Failure {
  return execFailure(`decoding stdout of the exec plugin: ${problem}`);
}
