import type { SelectedEntries } from './select-entries.ts';

/** Origin of a certificate, key or token, so that printed commands can refer to it without containing its value. */
export type Source =
  | { readonly from: 'file'; readonly path: string }
  /** A field of the kubeconfig, as a JSONPath that `kubectl config view --raw` takes. */
  | { readonly from: 'kubeconfig'; readonly jsonPath: string; readonly isBase64: boolean }
  | { readonly from: 'flag'; readonly flag: string }
  /**
   * A value that no file, kubeconfig field or flag contains by itself, such as the token of a credential plugin. `title` names the value in
   * a sentence.
   */
  | { readonly from: 'elsewhere'; readonly title: string };

/** Origin of each part of a credential; undefined if the part is not sent. */
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

/**
 * Returns the sources of the credential that resolveConnection chooses.
 *
 * @param isInUrl whether the URL of the server contains a user name
 */
export function sourcesOf(
  { cluster, clusterName, user, userName }: SelectedEntries,
  flags: { readonly token: string },
  isInUrl: boolean,
): CredentialSources {
  const inUser = `{.users[?(@.name==${JSON.stringify(userName)})].user`;
  const inCluster = `{.clusters[?(@.name==${JSON.stringify(clusterName)})].cluster`;
  const ofUser = (field: string) => entryField(inUser, field, false);
  const certificate = material(user, 'client-certificate', inUser);
  const authorization = ((): Source | undefined => {
    if (isInUrl) return urlSource;
    if (flags.token) return { from: 'flag', flag: '--token' };
    if (user.token) return ofUser('token');
    if (user.tokenFile) return fileSource(user.tokenFile);
    if (user.username) return { from: 'elsewhere', title: 'user and password of the context' };
    if (certificate) return undefined;
    if (user.exec) return { from: 'elsewhere', title: 'what the credential plugin prints' };
    return user['auth-provider'] && ofUser('auth-provider.config.id-token');
  })();
  return {
    ca: material(cluster, 'certificate-authority', inCluster),
    certificate,
    key: certificate && material(user, 'client-key', inUser),
    authorization,
  };
}

function material<Field extends string>(
  entry: Readonly<Record<Field | `${Field}-data`, string>>,
  field: Field,
  place: string,
): Source | undefined {
  if (entry[field]) return fileSource(entry[field]);
  return entry[`${field}-data`] ? entryField(place, `${field}-data`, true) : undefined;
}

function fileSource(path: string): Source {
  return { from: 'file', path };
}

/** `place` contains the name of the entry as a JSON string, which the JSONPath filters of kubectl accept (tried with kubectl 1.32). */
function entryField(place: string, field: string, isBase64: boolean): Source {
  return { from: 'kubeconfig', jsonPath: `${place}.${field}}`, isBase64 };
}
