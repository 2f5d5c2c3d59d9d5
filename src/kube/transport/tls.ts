import { X509Certificate } from 'node:crypto';
import type { AgentOptions } from 'node:https';
import { isIP } from 'node:net';
import {
  checkServerIdentity,
  createSecureContext,
  getCACertificates,
  type PeerCertificate,
  type SecureContext,
  setDefaultCACertificates,
} from 'node:tls';
import { Failure } from '../../errors.ts';
import { formatIpv4, parseIp } from '../config/ip.ts';

/** How TLS toward one server is set up. */
export interface TlsSettings {
  /** PEM bundle to trust; undefined for the system's. */
  readonly ca: string | undefined;
  /** The name to verify and to ask for, in place of the host's. */
  readonly serverName: string | undefined;
  readonly verify: boolean;
  readonly clientCertificate: ClientCertificate | undefined;
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

// As in Go, a common name is no name: only the subject's alternative names count.
function verifyName(name: string, certificate: PeerCertificate): Error | undefined {
  // Nor does any certificate have an address with a zone; one of IPv4 counts also in the writing of IPv6.
  if (certificate.subjectaltname && !name.includes('%'))
    return checkServerIdentity(unmapped(name), certificate);
  const message = `Hostname/IP does not match certificate's altnames: it has none`;
  return Object.assign(new Error(message), { code: 'ERR_TLS_CERT_ALTNAME_INVALID' });
}

function unmapped(name: string): string {
  const ip = name.includes(':') ? parseIp(name) : undefined;
  return ip?.bits === 32 ? formatIpv4(ip) : name;
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
  contexts.push({ tls, context });
  return context;
}

function newContext(tls: TlsSettings): SecureContext {
  // Without verification no authority is needed, and none is parsed.
  const ca = tls.verify ? authorities(tls.ca) : [];
  // Each context names its authorities itself; this only keeps Node from parsing a default list of its own meanwhile.
  setDefaultCACertificates(ca);
  // OpenSSL would do without.
  if (tls.clientCertificate && !/^-----BEGIN CERTIFICATE-----/m.test(tls.clientCertificate.cert))
    throw new Failure('the client certificate cannot be used: there is no certificate in it');
  try {
    // As Go does: whatever stands in the bundle is trusted, be it a root or not.
    return createSecureContext({ ca, allowPartialTrustChain: true, ...tls.clientCertificate });
  } catch (cause) {
    throw new Failure(`the client certificate cannot be used: ${keyProblem(cause)}`, { cause });
  }
}

/** kubectl skips what it cannot read in a bundle, as long as something is left. */
function authorities(bundle: string | undefined): string[] {
  if (bundle === undefined) return getCACertificates('system');
  const blocks =
    bundle.match(/^-----BEGIN CERTIFICATE-----[\s\S]*?^-----END CERTIFICATE-----/gm) ?? [];
  const readable = blocks.filter(isCertificate);
  if (readable.length === 0)
    throw new Failure(
      'the certificate authority holds no certificate that can be read (PEM is expected)',
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
