import { X509Certificate } from 'node:crypto';
import * as v from '@badrap/valita';
import { attempt } from '../../attempt.ts';
import { parseChecked } from '../../schema.ts';
import type { ClientCertificate } from '../transport/tls.ts';
import type { KubeletIdentity } from './kubelet-access.ts';

/** Returns the user name that a credential has at API server and kubelet alike; undefined if only a server can find it out. */
export function callerNameOf(identity: KubeletIdentity): string | undefined {
  const { authorization, clientCertificate } = identity;
  // Like a kubelet, prefers the certificate to the token.
  if (clientCertificate !== undefined) return certifiedNameOf(clientCertificate);
  return authorization === undefined ? undefined : accountOf(authorization);
}

/** User names by certificate, each parsed once: thousands of kubelets may deny the same certificate. */
const certifiedNames = new WeakMap<ClientCertificate, string | undefined>();

function certifiedNameOf(certificate: ClientCertificate): string | undefined {
  if (!certifiedNames.has(certificate))
    certifiedNames.set(certificate, commonNameOf(certificate.cert));
  return certifiedNames.get(certificate);
}

function commonNameOf(pem: string): string | undefined {
  const subject = attempt(() => new X509Certificate(pem).toLegacyObject().subject);
  const names: unknown = subject?.CN;
  // Go takes the last common name of a certificate.
  const name: unknown = Array.isArray(names) ? names.at(-1) : names;
  return typeof name === 'string' ? name : undefined;
}

/** Returns the service account that its token names. Which user any other JWT names depends on the API server's configuration. */
function accountOf(authorization: string): string | undefined {
  const [, payload = ''] = authorization.replace(/^Bearer /, '').split('.');
  const claims = parseChecked(
    v.object({ sub: v.string() }),
    Buffer.from(payload, 'base64url').toString('utf8'),
  );
  return claims?.sub.startsWith('system:serviceaccount:') ? claims.sub : undefined;
}
