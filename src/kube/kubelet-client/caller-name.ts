import { X509Certificate } from 'node:crypto';
import * as v from '@badrap/valita';
import { attempt } from '../../attempt.ts';
import { parseChecked } from '../../schema.ts';
import type { ClientCertificate } from '../transport/tls.ts';
import type { KubeletIdentity } from './kubelet-access.ts';

/**
 * Returns the user name that both the API server and kubelets read from a credential; undefined if only a server can find out the user
 * name.
 */
export function callerNameOf(identity: KubeletIdentity): string | undefined {
  const { authorization, clientCertificate } = identity;
  // Like a kubelet, prefers the certificate to the token.
  if (clientCertificate !== undefined) return certifiedNameOf(clientCertificate);
  return authorization === undefined ? undefined : accountOf(authorization);
}

/** User names by certificate. Each certificate is parsed only once, because thousands of kubelets may deny the same one. */
const certifiedNames = new WeakMap<ClientCertificate, string | undefined>();

function certifiedNameOf(certificate: ClientCertificate): string | undefined {
  if (!certifiedNames.has(certificate))
    certifiedNames.set(certificate, commonNameOf(certificate.cert));
  return certifiedNames.get(certificate);
}

function commonNameOf(pem: string): string | undefined {
  const subject = attempt(() => new X509Certificate(pem).toLegacyObject().subject);
  const names: unknown = subject?.CN;
  // If a certificate has several common names, Go uses the last one.
  const name: unknown = Array.isArray(names) ? names.at(-1) : names;
  return typeof name === 'string' ? name : undefined;
}

/**
 * Returns the user name of a service account from its token; undefined for any other JWT, because its user name depends on the API server's
 * configuration.
 */
function accountOf(authorization: string): string | undefined {
  const [, payload = ''] = authorization.replace(/^Bearer /, '').split('.');
  const claims = parseChecked(
    v.object({ sub: v.string() }),
    Buffer.from(payload, 'base64url').toString('utf8'),
  );
  return claims?.sub.startsWith('system:serviceaccount:') ? claims.sub : undefined;
}
