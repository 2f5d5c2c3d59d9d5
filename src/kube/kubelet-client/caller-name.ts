import { X509Certificate } from 'node:crypto';
import * as v from '@badrap/valita';
import { attempt } from '../../attempt.ts';
import { parseChecked } from '../../schema.ts';
import type { ClientCertificate } from '../transport/tls.ts';
import type { KubeletIdentity } from './kubelet-access.ts';

/** The user whom a credential names, as both API server and kubelet know it; undefined where only a server can tell. */
export function callerNameOf(identity: KubeletIdentity): string | undefined {
  const { authorization, clientCertificate } = identity;
  // A kubelet prefers the certificate, too.
  if (clientCertificate !== undefined) return certifiedNameOf(clientCertificate);
  return authorization === undefined ? undefined : accountOf(authorization);
}

/** Thousands of kubelets may deny the same certificate. */
const certifiedNames = new WeakMap<ClientCertificate, string | undefined>();

function certifiedNameOf(certificate: ClientCertificate): string | undefined {
  if (!certifiedNames.has(certificate))
    certifiedNames.set(certificate, commonNameOf(certificate.cert));
  return certifiedNames.get(certificate);
}

function commonNameOf(pem: string): string | undefined {
  const subject = attempt(() => new X509Certificate(pem).toLegacyObject().subject);
  const names: unknown = subject?.CN;
  // Go takes the last of several.
  const name: unknown = Array.isArray(names) ? names.at(-1) : names;
  return typeof name === 'string' ? name : undefined;
}

/** Tokens of service accounts name them. The names in other JWTs are mapped as the API server is configured. */
function accountOf(authorization: string): string | undefined {
  const [, payload = ''] = authorization.replace(/^Bearer /, '').split('.');
  const claims = parseChecked(
    v.object({ sub: v.string() }),
    Buffer.from(payload, 'base64url').toString('utf8'),
  );
  return claims?.sub.startsWith('system:serviceaccount:') ? claims.sub : undefined;
}
