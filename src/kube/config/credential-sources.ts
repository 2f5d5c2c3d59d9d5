import type { SelectedEntries } from './select-entries.ts';

/** Where a certificate, key or token comes from, for commands that name it and do not hold it. */
export type Source =
  | { readonly from: 'file'; readonly path: string }
  /** A field of the kubeconfig, as a JSONPath that `kubectl config view --raw` takes. */
  | { readonly from: 'kubeconfig'; readonly jsonPath: string; readonly isBase64: boolean }
  /** The value of a flag that holds the secret itself. */
  | { readonly from: 'flag'; readonly flag: string }
  /** Only this program has it; `title` names it in a sentence. */
  | { readonly from: 'elsewhere'; readonly title: string };

/** Undefined for a part that is not sent. */
export interface CredentialSources {
  readonly ca: Source | undefined;
  readonly certificate: Source | undefined;
  readonly key: Source | undefined;
  readonly authorization: Source | undefined;
}

export const noSources: CredentialSources = {
  ca: undefined,
  certificate: undefined,
  key: undefined,
  authorization: undefined,
};

export const urlSource: Source = {
  from: 'elsewhere',
  title: "user and password in the server's URL",
};

/** Sources of the credential that resolveConnection chooses. `isInUrl`: the URL of the server has a user. */
export function sourcesOf(
  { cluster, clusterName, user, userName }: SelectedEntries,
  flags: { readonly token: string },
  isInUrl: boolean,
): CredentialSources {
  const ofCluster = (field: string) => entryField('clusters', clusterName, `cluster.${field}`);
  const ofUser = (field: string) => entryField('users', userName, `user.${field}`);
  const material = (path: string, data: string, field: Source): Source | undefined =>
    path ? { from: 'file', path } : data ? field : undefined;
  const certificate = material(
    user.clientCertificate,
    user.clientCertificateData,
    ofUser('client-certificate-data'),
  );
  const token = ((): Source | undefined => {
    if (isInUrl) return urlSource;
    if (flags.token) return { from: 'flag', flag: '--token' };
    if (user.token) return { ...ofUser('token'), isBase64: false };
    if (user.tokenFile) return { from: 'file', path: user.tokenFile };
    if (user.username) return { from: 'elsewhere', title: 'user and password of the context' };
    if (certificate) return undefined;
    if (user.exec) return { from: 'elsewhere', title: 'what the credential plugin prints' };
    return user.authProvider && { ...ofUser('auth-provider.config.id-token'), isBase64: false };
  })();
  return {
    ca: material(
      cluster.certificateAuthority,
      cluster.certificateAuthorityData,
      ofCluster('certificate-authority-data'),
    ),
    certificate,
    key: certificate && material(user.clientKey, user.clientKeyData, ofUser('client-key-data')),
    authorization: token,
  };
}

/** kubectl reads strings in a filter as Go does: those of JSON are a subset. Tried with kubectl 1.32. */
function entryField(list: 'clusters' | 'users', name: string, field: string) {
  const jsonPath = `{.${list}[?(@.name==${JSON.stringify(name)})].${field}}`;
  return { from: 'kubeconfig', jsonPath, isBase64: true } as const;
}
