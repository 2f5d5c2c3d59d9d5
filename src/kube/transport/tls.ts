import { X509Certificate } from 'node:crypto';
import type { AgentOptions } from 'node:https';
import { isIP } from 'node:net';
import {
  createSecureContext,
  getCACertificates,
  type PeerCertificate,
  type SecureContext,
  setDefaultCACertificates,
} from 'node:tls';
import { Failure } from '../../errors.ts';
import { hasName } from './certificate-names.ts';

/** How TLS toward one server is set up. */
export interface TlsSettings {
  /** PEM bundle to trust; undefined for the system's. */
  readonly ca: string | undefined;
  /** The name to verify and to ask for, in place of the host's. */
  readonly serverName: string | undefined;
  readonly verify: boolean;
  readonly clientCertificate: ClientCertificate | undefined;
  /** Whom it is toward, for sentences. */
  readonly peer: 'API server' | 'kubelet' | 'proxy';
}

/** PEM texts. */
export interface ClientCertificate {
  readonly cert: string;
  readonly key: string;
}

/** For an agent that talks to `host`. Throws a Failure for a certificate or key that cannot be used. */
export function tlsOptions(tls: TlsSettings, host: string): AgentOptions {
  const name = tls.serverName ?? host;
  return {
    secureContext: sharedContext(tls),
    rejectUnauthorized: tls.verify,
    // Left to itself, Node would take the name to verify from a Host header that the user may have written.
    servername: isIP(name) ? '' : name.replace(/\.$/, ''),
    checkServerIdentity: (_, certificate) => verifyName(name, certificate),
  };
}

function verifyName(name: string, certificate: PeerCertificate): Error | undefined {
  const names = certificate.subjectaltname ?? '';
  if (hasName(names, name)) return undefined;
  const message = `not ${name}, but ${names || 'no name at all'}`;
  return Object.assign(new Error(message), { code: 'ERR_TLS_CERT_ALTNAME_INVALID' });
}

const contexts: { readonly tls: TlsSettings; readonly context: SecureContext }[] = [];

/** Parsing certificates takes 2 ms: one context serves all the servers that share their settings, be they 5,000 nodes. */
function sharedContext(tls: TlsSettings): SecureContext {
  const known = contexts.find(
    (entry) =>
      entry.tls.ca === tls.ca &&
      entry.tls.verify === tls.verify &&
      entry.tls.clientCertificate?.cert === tls.clientCertificate?.cert &&
      entry.tls.clientCertificate?.key === tls.clientCertificate?.key,
  );
  if (known) return known.context;
  const context = newContext(tls);
  // Few are in use at a time; what a plugin gives takes the place of what it gave before.
  if (contexts.push({ tls, context }) > 8) contexts.shift();
  return context;
}

function newContext(tls: TlsSettings): SecureContext {
  // Without verification no authority is needed, and none is parsed.
  const ca = tls.verify ? authorities(tls) : [];
  // Each context names its authorities itself; this only keeps Node from parsing a default list of its own meanwhile.
  setDefaultCACertificates(ca);
  const unusable = (problem: string, cause?: unknown) =>
    new Failure(`the client certificate for the ${tls.peer} cannot be used: ${problem}`, { cause });
  // OpenSSL would do without.
  if (tls.clientCertificate && !/^-----BEGIN CERTIFICATE-----/m.test(tls.clientCertificate.cert))
    throw unusable('there is no certificate in it');
  try {
    // As Go does: whatever stands in the bundle is trusted, be it a root or not.
    return createSecureContext({ ca, allowPartialTrustChain: true, ...tls.clientCertificate });
  } catch (cause) {
    throw unusable(keyProblem(cause), cause);
  }
}

/** kubectl skips what it cannot read in a bundle, as long as something is left. */
function authorities({ ca: bundle, peer }: TlsSettings): string[] {
  if (bundle === undefined) return getCACertificates('system');
  const blocks =
    bundle.match(/^-----BEGIN CERTIFICATE-----[\s\S]*?^-----END CERTIFICATE-----/gm) ?? [];
  const readable = blocks.filter(isCertificate);
  if (readable.length === 0)
    throw new Failure(
      `the certificate authority for the ${peer} holds no certificate that can be read (PEM is expected)`,
    );
  return readable;
}

function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).subject !== undefined;
  } catch {
    return false;
  }
}

function keyProblem(cause: unknown): string {
  const { code = '', message } = cause as NodeJS.ErrnoException;
  if (/KEY_VALUES_MISMATCH|key values mismatch/i.test(code + message))
    return 'the key is not that of the certificate';
  if (/MISSING_PASSPHRASE|bad decrypt|interrupted or cancelled|BAD_PASSWORD/i.test(code + message))
    return 'the key is encrypted, and kubectl takes no encrypted key either';
  if (/NO_START_LINE|BAD_END_LINE|BASE64|ASN1|DECODER|UNSUPPORTED|PEM/i.test(code + message))
    return 'certificate or key is not valid PEM';
  return code || message;
}
