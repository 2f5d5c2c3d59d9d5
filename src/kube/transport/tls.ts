import { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import {
  type ConnectionOptions,
  createSecureContext,
  getCACertificates,
  type SecureContext,
  setDefaultCACertificates,
  type TLSSocket,
} from 'node:tls';
import { attempt } from '../../attempt.ts';
import { Failure } from '../../errors.ts';
import { isSelfGenerated } from '../../kubelet/certificate.ts';
import { mark } from '../../marks.ts';
import { coversName, lastCommonName } from './certificate-names.ts';
import { TransportError } from './error.ts';

export interface TlsSettings {
  /** PEM bundle of CAs; undefined for the CAs of the system. */
  readonly ca: string | undefined;
  /** Name that is verified and sent as SNI, in place of the host. */
  readonly serverName: string | undefined;
  readonly verify: boolean;
  /** If set, this function decides about the certificate, in place of the verification of chain and name. */
  readonly accept?: AcceptCertificate | undefined;
  readonly clientCertificate: ClientCertificate | undefined;
  /** Type of server, for messages. For kubelets, only checkPeer rejects unverified certificates. */
  readonly peer: 'API server' | 'kubelet' | 'proxy';
}

/**
 * Called once for each connection, before anything is sent. Returns an error if the server is not accepted.
 *
 * @param problem error of the verification by chain and name, with the code of Node.js; undefined if the certificate is valid
 */
export type AcceptCertificate = (
  certificate: X509Certificate,
  problem: NodeJS.ErrnoException | undefined,
) => Promise<NodeJS.ErrnoException | undefined>;

/** Certificate and key in PEM. */
export interface ClientCertificate {
  readonly cert: string;
  readonly key: string;
}

/**
 * Returns options for a TLS connection to `host`. Nothing may be sent on it before `checkPeer` has succeeded. Throws for an invalid client
 * certificate or key.
 */
export function tlsOptions(tls: TlsSettings, host: string): ConnectionOptions {
  const name = tls.serverName ?? host;
  return {
    secureContext: sharedContext(tls),
    // For kubelets, checkPeer rejects an unverified certificate, because it first determines the reason.
    rejectUnauthorized: tls.verify && !tls.accept && tls.peer !== 'kubelet',
    // Always set, because Node.js may otherwise use the Host header, which the user may have set.
    servername: isIP(name) ? '' : name.replace(/\.$/, ''),
    ALPNProtocols: ['http/1.1'],
    checkServerIdentity: () => undefined,
  };
}

/**
 * Checks the server's certificate after the handshake, by `accept` or else by chain and name. Throws a TransportError if the server is not
 * accepted, or an error of `accept`.
 */
export async function checkPeer(
  socket: TLSSocket,
  { accept, serverName, verify }: TlsSettings,
  host: string,
): Promise<void> {
  if (!verify && !accept) return;
  const certificate = socket.getPeerX509Certificate();
  if (!certificate) throw new TransportError('handshake', 'ERR_TLS_CERT_ABSENT');
  // Node.js stores the code of the verification error in this property.
  const { authorizationError: code } = socket as { authorizationError?: Error | string };
  const problem = code
    ? unverified(certificate, String(code))
    : verifyName(serverName ?? host, certificate.subjectAltName);
  const rejection = accept ? await accept(certificate, problem) : problem;
  if (rejection) throw new TransportError('handshake', rejection.code ?? 'unknown', rejection);
}

/**
 * Returns the error of a certificate that was not verified. For a kubelet that generated its own CA, the error has the code of a
 * self-signed certificate.
 */
function unverified({ subject, issuer }: X509Certificate, code: string): NodeJS.ErrnoException {
  const [name = '', issuerName = ''] = [subject, issuer].map(lastCommonName);
  const names = { name, issuerName, isSelfSigned: false };
  const own = /ISSUER|CERT_IN_CHAIN|LEAF_SIGNATURE/.test(code) && isSelfGenerated(names);
  const shown = own ? 'DEPTH_ZERO_SELF_SIGNED_CERT' : code;
  return Object.assign(new Error(shown), { code: shown });
}

function verifyName(name: string, names = ''): NodeJS.ErrnoException | undefined {
  if (coversName(names, name)) return undefined;
  const message = names
    ? `valid for ${names}, not ${name}`
    : `not valid for any names, but wanted to match ${name}`;
  return Object.assign(new Error(message), { code: 'ERR_TLS_CERT_ALTNAME_INVALID' });
}

const contexts: { readonly tls: TlsSettings; readonly context: SecureContext }[] = [];

/**
 * Returns the same context for all servers with the same settings, because parsing certificates takes 2 ms and there may be 5,000 nodes.
 */
function sharedContext(tls: TlsSettings): SecureContext {
  const known = contexts.find(
    (entry) =>
      entry.tls.ca === tls.ca &&
      entry.tls.verify === tls.verify &&
      entry.tls.clientCertificate?.cert === tls.clientCertificate?.cert &&
      entry.tls.clientCertificate?.key === tls.clientCertificate?.key,
  );
  if (known) return known.context;
  mark('context');
  const context = newContext(tls);
  mark('context made');
  // Eight contexts are enough: when a credential plugin returns a new client certificate, the context of the old one is no longer used.
  if (contexts.push({ tls, context }) > 8) contexts.shift();
  return context;
}

function newContext(tls: TlsSettings): SecureContext {
  // Without verification, no CA is needed.
  const ca = tls.verify ? authorities(tls) : [];
  // This call only keeps Node.js from parsing its default list of CAs. Each context has its own CAs.
  setDefaultCACertificates(ca);
  const invalid = (problem: string, cause?: unknown) =>
    new Failure(`invalid client certificate for the ${tls.peer}: ${problem}`, { cause });
  // Checked here, because OpenSSL ignores an empty certificate.
  if (tls.clientCertificate && blocksFrom(tls.clientCertificate.cert).length === 0)
    throw invalid('failed to find any PEM data in certificate input');
  try {
    // As in Go, every certificate in the bundle is trusted, even if it is not a root.
    return createSecureContext({ ca, allowPartialTrustChain: true, ...tls.clientCertificate });
  } catch (cause) {
    throw invalid(keyProblem(cause, tls.clientCertificate?.key ?? ''), cause);
  }
}

/** As in kubectl, skips unreadable certificates. Throws if no certificate in the bundle is readable. */
export function authorities({ ca: bundle, peer }: Pick<TlsSettings, 'ca' | 'peer'>): string[] {
  if (bundle === undefined) return getCACertificates('system');
  const readable = certificatesIn(bundle);
  if (readable.length === 0)
    throw new Failure(
      `unable to load root certificates for the ${peer}: no valid PEM certificate found`,
    );
  return readable;
}

export function certificatesIn(bundle: string): string[] {
  return blocksFrom(bundle).flatMap(toItsEnd).filter(isCertificate);
}

const begin = '-----BEGIN CERTIFICATE-----';
const end = '-----END CERTIFICATE-----';

/** Returns the text after each BEGIN line of a certificate. */
function blocksFrom(bundle: string): readonly string[] {
  return `\n${bundle}`.split(`\n${begin}`).slice(1);
}

function toItsEnd(block: string): readonly string[] {
  const length = block.indexOf(`\n${end}`);
  return length < 0 ? [] : [`${begin}${block.slice(0, length)}\n${end}`];
}

function isCertificate(pem: string): boolean {
  return attempt(() => new X509Certificate(pem).subject) !== undefined;
}

/**
 * Whether a private key is encrypted. Searches the PEM text, because OpenSSL reports 1 in 256 encrypted keys as invalid keys if it has no
 * password.
 */
export function isEncrypted(key: string): boolean {
  return /^(?:-----BEGIN |Proc-Type:.*)ENCRYPTED/m.test(key);
}

function keyProblem(cause: unknown, key: string): string {
  if (isEncrypted(key)) return 'private key is encrypted, which kubectl does not support either';
  const { code = '', message } = cause as NodeJS.ErrnoException;
  if (/KEY_VALUES_MISMATCH|key values mismatch/i.test(code + message))
    return 'private key does not match public key';
  if (/NO_START_LINE|BAD_END_LINE|BASE64|ASN1|DECODER|UNSUPPORTED|PEM/i.test(code + message))
    return 'certificate or key is not valid PEM';
  return code || message;
}
