/** The status of a server's response, or `never` for no response. */
export type Answer = number | 'never';

/**
 * A kubeconfig, a command line and an environment. All texts may hold placeholders such as {{https}} or {{caData}}, which
 * `servers.ts` and `materials.ts` define, and {{dir}}, the folder of the case. Only servers that a case names are started.
 */
export interface Case {
  /** A sentence; also the key of the recorded results. */
  readonly title: string;
  /** Contents by path in the case's folder. `config` is $KUBECONFIG, `home/.kube/config` the default file; scripts are executable. */
  readonly files?: Readonly<Record<string, string | EncodedFile>>;
  /** Targets of symbolic links, by path in the case's folder. */
  readonly links?: Readonly<Record<string, string>>;
  /** Variables in addition to PATH, HOME and $KUBECONFIG. The environment of the tests is not inherited. */
  readonly env?: Readonly<Record<string, string>>;
  readonly args?: readonly string[];
  /** The working directory, as a path in the case's folder. */
  readonly cwd?: string;
  /** Responses to the first requests, by the name of the server. Servers respond to later requests with 200. */
  readonly answers?: Readonly<Partial<Record<string, readonly Answer[]>>>;
  /** Servers to start that no placeholder names. `default` listens on localhost:8080, where kubectl goes without a configuration. */
  readonly starts?: readonly string[];
  /** A mount that needs root: /etc/hosts with kube.test as 127.0.0.1, or the folder `serviceaccount` as a pod's account. */
  readonly mount?: 'hosts' | 'serviceaccount';
  /** Set if the number of runs of plugins is compared, too. */
  readonly countsRuns?: true;
  /** The reason for a difference from kubectl, and what our program does instead. */
  readonly differs?: { readonly why: string; readonly ours: Readonly<Record<string, unknown>> };
}

export interface EncodedFile {
  readonly text: string;
  readonly encoding: BufferEncoding;
}

export const usesDefaultServer = ({ starts }: Case): boolean =>
  starts?.includes('default') ?? false;

/** A kubeconfig with one context, `c`, from the contents of flow mappings. */
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

/** A case of one kubeconfig with these fields of its user. */
export const withUser = (title: string, user: string, more: Omit<Case, 'title'> = {}): Case => ({
  title,
  ...more,
  files: { config: kubeconfig({ user }), ...more.files },
});

/** A case of one kubeconfig with these fields of its cluster. */
export const withCluster = (
  title: string,
  cluster: string,
  more: Omit<Case, 'title'> = {},
): Case => ({ title, ...more, files: { config: kubeconfig({ cluster }), ...more.files } });

/** A case of this kubeconfig, unchanged. */
export const withConfig = (
  title: string,
  config: string | EncodedFile,
  more: Omit<Case, 'title'> = {},
): Case => ({ title, ...more, files: { config, ...more.files } });

/** For options without effect in kubectl: our program rejects them. */
export const withoutNamespace: Pick<Case, 'differs'> = {
  differs: { why: 'a path of a kubelet has no namespace', ours: { outcome: 'refused' } },
};

export const withFlags = (
  title: string,
  args: readonly string[],
  more: Omit<Case, 'title'> = {},
): Case => ({ title, args, ...more, files: { config: kubeconfig(), ...more.files } });
