/** A status to answer with, or no answer at all. */
export type Answer = number | 'never';

/**
 * One kubeconfig, command line and environment. Texts may hold placeholders, such as {{https}} or {{caData}}: those of
 * `servers.ts` and `materials.ts`, and {{dir}}, the folder of the case. Only the servers that a case names are
 * started.
 */
export interface Case {
  /** A sentence, and the name of the case in the fixture. */
  readonly title: string;
  /** By path in the case's folder. `config` is $KUBECONFIG, `home/.kube/config` the default; a script may be run. */
  readonly files?: Readonly<Record<string, string | EncodedFile>>;
  /** Symbolic links, by path in the case's folder, and what they lead to. */
  readonly links?: Readonly<Record<string, string>>;
  /** Added to PATH, HOME and $KUBECONFIG; nothing is inherited. */
  readonly env?: Readonly<Record<string, string>>;
  readonly args?: readonly string[];
  /** In the case's folder. */
  readonly cwd?: string;
  /** What a server says to its first requests; 200 to those that follow. */
  readonly answers?: Readonly<Partial<Record<string, readonly Answer[]>>>;
  /** Servers that no text names, but that are reached. `default` is where kubectl goes when it is told nothing. */
  readonly starts?: readonly string[];
  /** Needs root: a mount namespace in which kube.test is 127.0.0.1, or the folder `serviceaccount` is that of a pod. */
  readonly mount?: 'hosts' | 'serviceaccount';
  /** How often plugins run is compared, too. */
  readonly countsRuns?: true;
  /** Where we do not do as kubectl, and why. */
  readonly differs?: { readonly why: string; readonly ours: Readonly<Record<string, unknown>> };
}

export interface EncodedFile {
  readonly text: string;
  readonly encoding: BufferEncoding;
}

export const usesDefaultServer = ({ starts }: Case): boolean =>
  starts?.includes('default') ?? false;

/** A kubeconfig of one context, `c`, from the insides of flow mappings. */
export function kubeconfig({
  cluster = 'server: "{{https}}", certificate-authority: {{ca}}',
  user = 'token: t',
  context = 'cluster: c, user: c',
  more = '',
}: {
  readonly cluster?: string;
  readonly user?: string;
  readonly context?: string;
  readonly more?: string;
} = {}): string {
  return `apiVersion: v1
kind: Config
clusters: [{name: c, cluster: {${cluster}}}]
users: [{name: c, user: {${user}}}]
contexts: [{name: c, context: {${context}}}]
current-context: c
${more}`;
}

/** A case of one file, by what its user has. */
export const withUser = (title: string, user: string, more: Omit<Case, 'title'> = {}): Case => ({
  title,
  ...more,
  files: { config: kubeconfig({ user }), ...more.files },
});

/** A case of one file, by what its cluster has. */
export const withCluster = (
  title: string,
  cluster: string,
  more: Omit<Case, 'title'> = {},
): Case => ({ title, ...more, files: { config: kubeconfig({ cluster }), ...more.files } });

/** A case of one file, as it stands. */
export const withConfig = (
  title: string,
  config: string | EncodedFile,
  more: Omit<Case, 'title'> = {},
): Case => ({ title, ...more, files: { config, ...more.files } });

/** A case of the plain file, by the flags given. */
/** An option that would have no effect is an error. */
export const withoutNamespace: Pick<Case, 'differs'> = {
  differs: { why: 'a path of a kubelet has no namespace', ours: { outcome: 'refused' } },
};

export const withFlags = (
  title: string,
  args: readonly string[],
  more: Omit<Case, 'title'> = {},
): Case => ({ title, args, ...more, files: { config: kubeconfig(), ...more.files } });
