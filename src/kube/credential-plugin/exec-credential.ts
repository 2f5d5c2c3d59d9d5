import { createPrivateKey, X509Certificate } from 'node:crypto';
import * as v from '@badrap/valita';
import { attempt } from '../../attempt.ts';
import { Failure } from '../../errors.ts';
import { checkType } from '../../schema.ts';
import { isEncrypted } from '../transport/tls.ts';
import { readYaml } from '../yaml/read-yaml.ts';

export interface ExecCredential {
  readonly token: string | undefined;
  /** Certificate and key in PEM. */
  readonly clientCertificate: { readonly cert: string; readonly key: string } | undefined;
  /** Expiry in ms since 1970; undefined if the credential does not expire. */
  readonly expires: number | undefined;
}

const text = v.string().optional();

const execCredential = v.object({
  kind: text,
  apiVersion: text,
  status: v
    .object({
      token: text,
      clientCertificateData: text,
      clientKeyData: text,
      expirationTimestamp: text,
    })
    .optional(),
});

/**
 * Parses the output of a plugin as kubectl does: an ExecCredential of the given apiVersion, in JSON or YAML. The Failure names the problem
 * but contains no output, because any part of the output may be a credential.
 */
export function parseExecOutput(output: string, apiVersion: string): ExecCredential {
  const checked = checkType(execCredential, decode(output), { at: 'output' });
  if (!checked.decoded) throw undecodable(checked.problem);
  const { kind = '', apiVersion: returned = '', status } = checked.decoded.value;
  if (kind !== '' && kind !== 'ExecCredential') throw undecodable('kind must be ExecCredential');
  checkVersion(returned, apiVersion);
  if (!status) throw execFailure("exec plugin didn't return a status field");

  const { token = '', clientCertificateData: cert = '', clientKeyData: key = '' } = status;
  const expires = expiry(status.expirationTimestamp);
  if (token === '' && cert === '' && key === '')
    throw execFailure("exec plugin didn't return a token or cert/key pair");
  if ((cert === '') !== (key === ''))
    throw execFailure('exec plugin returned only certificate or key, not both');
  const problem = cert === '' ? undefined : pairProblem(cert, key);
  if (problem !== undefined)
    throw execFailure(`failed parsing client key/certificate of the exec plugin: ${problem}`);
  if (/[^\t\x20-\x7e]/.test(token))
    throw execFailure('exec plugin returned a token with characters not allowed in an HTTP header');
  return {
    token: token || undefined,
    clientCertificate: cert === '' ? undefined : { cert, key },
    expires,
  };
}

export function execFailure(
  problem: string,
  more: { readonly details?: readonly string[]; readonly hints?: readonly string[] } = {},
): Failure {
  return new Failure(`getting credentials: ${problem}`, more);
}

// As in kubectl, output that begins with a brace must be JSON. Other output is parsed as YAML, and only its first document is used.
function decode(output: string): unknown {
  if (output.trim() === '') throw undecodable('output is empty');
  try {
    return /^[\t\n\r ]*\{/.test(output) ? JSON.parse(output) : readYaml(Buffer.from(output));
  } catch {
    throw undecodable('output is not valid JSON or YAML');
  }
}

function checkVersion(returned: string, configured: string): void {
  if (returned === configured) return;
  const known = /^client\.authentication\.k8s\.io\/v[0-9a-z]{1,10}$/.test(returned);
  const found = known ? `version ${returned}` : returned === '' ? 'no version' : 'another version';
  throw execFailure(
    `exec plugin is configured to use API version ${configured}, plugin returned ${found}`,
    {
      hints: [
        'set apiVersion of the exec in the kubeconfig to a version that the plugin supports; see its documentation',
      ],
    },
  );
}

/** Parses RFC 3339 as Go does. Go's zero time means that the credential does not expire. */
function expiry(value: string | undefined): number | undefined {
  if (value === undefined) return undefined;
  const [, date, time, fraction = '', offset] =
    /^(\d{4}-\d\d-\d\d)T((?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d)([.,]\d+)?(Z|[+-]\d\d:\d\d)$/.exec(
      value,
    ) ?? [];
  // Rejects 30 February, which Date.parse would read as 2 March.
  const day = new Date(`${date}T00:00:00Z`);
  const ms = Date.parse(`${date}T${time}${fraction.replace(',', '.')}${offset}`);
  if (Number.isNaN(ms) || !day.toISOString().startsWith(`${date}`))
    throw undecodable('expirationTimestamp must be a time like 2030-01-31T12:00:00Z');
  return ms === Date.parse('0001-01-01T00:00:00Z') ? undefined : ms;
}

// The error of OpenSSL is not shown, because it may quote the certificate or key.
function pairProblem(cert: string, key: string): string | undefined {
  if (/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(cert) && !cert.includes('BEGIN CERTIFICATE'))
    return 'found a private key in place of the certificate; PEM inputs may have been switched';
  const certificate = attempt(() => new X509Certificate(cert));
  if (!certificate) return 'certificate is not valid PEM';
  if (isEncrypted(key)) return 'private key is encrypted';
  const privateKey = attempt(() => createPrivateKey(key));
  if (!privateKey) return 'private key is not valid PEM';
  return certificate.checkPrivateKey(privateKey)
    ? undefined
    : 'private key does not match public key';
}

function undecodable(problem: string): Failure {
  return execFailure(`decoding stdout of the exec plugin: ${problem}`);
}
