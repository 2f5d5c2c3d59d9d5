import { Failure } from '../../errors.ts';
import type { AuthProvider } from './entries.ts';

/** kubectl's advice where it has removed what a kubeconfig still asks for: client-go plugin/pkg/client/auth/{gcp,azure}. */
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

/** kubectl takes an id-token for expired that much earlier, in ms. */
const expiryDelta = 10_000;

/** Refuses what kubectl refuses, whatever else the user entry has. */
export function checkAuthProvider({ name, config }: AuthProvider, userName: string): void {
  const advice = Object.hasOwn(removed, name) ? removed[name] : undefined;
  if (advice)
    throw new Failure(
      `the ${name} auth-provider of user "${userName}" has been removed from kubectl`,
      {
        hints: advice,
      },
    );
  if (name !== 'oidc')
    throw new Failure(
      `user "${userName}" has an auth-provider "${name}" that kubectl does not know`,
    );
  for (const key of ['idp-issuer-url', 'client-id'])
    if (!config[key])
      throw new Failure(`the oidc auth-provider of user "${userName}" lacks ${key}`);
}

/** The token of `oidc`, the one auth-provider that kubectl still has. It is not renewed here: kubectl writes it back. */
export function oidcToken({ config }: AuthProvider, userName: string, now: number): string {
  const token = config['id-token'] ?? '';
  const expires = token === '' ? 0 : expiryOf(token);
  if (expires === undefined)
    throw new Failure(
      `the id-token of user "${userName}" cannot be read: it is not a JWT with exp`,
    );
  if (now + expiryDelta < expires) return token;
  throw new Failure(
    `the id-token of user "${userName}" ${token === '' ? 'is missing' : 'has expired'}`,
    {
      hints: config['refresh-token']
        ? [
            'kubectl renews it and writes it to the kubeconfig: kubectl version, then the same again',
          ]
        : ['there is no refresh-token to renew it with: log in again'],
    },
  );
}

/** In ms since 1970. */
function expiryOf(token: string): number | undefined {
  try {
    const payload = Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8');
    const { exp } = JSON.parse(payload) as { readonly exp?: unknown };
    return typeof exp === 'number' ? exp * 1000 : undefined;
  } catch {
    return undefined;
  }
}
