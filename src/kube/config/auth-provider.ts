import * as v from '@badrap/valita';
import { Failure } from '../../errors.ts';
import { parseChecked } from '../../schema.ts';
import type { AuthProvider } from './entries.ts';

/** kubectl's advice for auth-providers that were removed from it. Source: client-go plugin/pkg/client/auth/{gcp,azure}. */
const removed: Readonly<Record<string, readonly string[]>> = {
  gcp: [
    'use the "gke-gcloud-auth-plugin" exec credential plugin instead: gcloud container clusters get-credentials NAME',
    'https://cloud.google.com/blog/products/containers-kubernetes/kubectl-auth-changes-in-gke',
  ],
  azure: [
    'use the "kubelogin" exec credential plugin instead: kubelogin convert-kubeconfig',
    'https://kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-plugins',
  ],
};

/** kubectl renews an id-token this many ms before it expires. */
const expiryDelta = 10_000;

/** Throws for an auth-provider that kubectl rejects, even if the user entry has other credentials. */
export function checkAuthProvider({ name, config }: AuthProvider, userName: string): void {
  const advice = Object.hasOwn(removed, name) ? removed[name] : undefined;
  if (advice)
    throw new Failure(`user "${userName}": the ${name} auth plugin has been removed from kubectl`, {
      hints: advice,
    });
  if (name !== 'oidc')
    throw new Failure(`user "${userName}": no Auth Provider found for name "${name}"`);
  for (const key of ['idp-issuer-url', 'client-id'])
    if (!config[key])
      throw new Failure(`user "${userName}": oidc auth-provider must provide ${key}`);
}

/**
 * Returns the token of `oidc`, the only auth-provider that kubectl still supports. Throws if the token has expired, because only kubectl
 * renews and stores tokens.
 */
export function oidcToken({ config }: AuthProvider, userName: string, now: number): string {
  const token = config['id-token'] ?? '';
  const expires = token === '' ? 0 : expiryOf(token);
  if (expires === undefined)
    throw new Failure(`user "${userName}": invalid id-token: must be a JWT with an exp claim`);
  if (now + expiryDelta < expires) return token;
  throw new Failure(`user "${userName}": id-token ${token === '' ? 'is missing' : 'has expired'}`, {
    hints: config['refresh-token']
      ? ['renew it with kubectl, which stores it in the kubeconfig, and retry: kubectl version']
      : ['log in again: the kubeconfig has no refresh-token'],
  });
}

/** Returns the expiry of a JWT in ms since 1970; undefined if it has none. */
function expiryOf(token: string): number | undefined {
  const payload = Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8');
  const claims = parseChecked(v.object({ exp: v.number() }), payload);
  return claims && claims.exp * 1000;
}
