/** The HTTP status of a server's response, or `never` if the server never responds. */
export type Answer = number | 'never';

/**
 * A kubeconfig, a command line and an environment. All texts may contain placeholders such as {{https}} or {{caData}}, which
 * `servers.ts` and `materials.ts` define. {{dir}} is the folder of the case. Only servers that the case names are started.
 */
export interface Case {
  /** A sentence. It is also the key of the recorded result. */
  readonly title: string;
  /** Contents by path in the case's folder. `config` is $KUBECONFIG, `home/.kube/config` is the default file. Scripts are executable. */
  readonly files?: Readonly<Record<string, string | EncodedFile>>;
  readonly links?: Readonly<Record<string, string>>;
  /** Variables in addition to PATH, HOME and $KUBECONFIG. The environment of the tests is not inherited. */
  readonly env?: Readonly<Record<string, string>>;
  readonly args?: readonly string[];
  readonly cwd?: string;
  /** Responses to the first requests, by the name of the server. Servers respond to later requests with 200. */
  readonly answers?: Readonly<Partial<Record<string, readonly Answer[]>>>;
  /** Other servers to start. `default` listens on localhost:8080, which kubectl calls if it has no kubeconfig. */
  readonly starts?: readonly string[];
  /** A mount, which needs root. `hosts`: /etc/hosts has kube.test. `serviceaccount`: the folder is mounted as in a pod. */
  readonly mount?: 'hosts' | 'serviceaccount';
  /** Set if the number of runs of credential plugins is compared, too. */
  readonly countsRuns?: true;
  /** Set if our program must differ from kubectl: the reason, and the expected observation of our program. */
  readonly differs?: { readonly why: string; readonly ours: Readonly<Record<string, unknown>> };
}

export interface EncodedFile {
  readonly text: string;
  readonly encoding: BufferEncoding;
}

export const usesDefaultServer = ({ starts }: Case): boolean =>
  starts?.includes('default') ?? false;

/** Returns a kubeconfig with one context `c`. The parameters are the contents of YAML flow mappings. */
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

export const withUser = (title: string, user: string, more: Omit<Case, 'title'> = {}): Case => ({
  title,
  ...more,
  files: { config: kubeconfig({ user }), ...more.files },
});

export const withCluster = (
  title: string,
  cluster: string,
  more: Omit<Case, 'title'> = {},
): Case => ({ title, ...more, files: { config: kubeconfig({ cluster }), ...more.files } });

export const withConfig = (
  title: string,
  config: string | EncodedFile,
  more: Omit<Case, 'title'> = {},
): Case => ({ title, ...more, files: { config, ...more.files } });

/** For cases with `--namespace`: it has no effect in kubectl, but our program rejects it. */
export const withoutNamespace: Pick<Case, 'differs'> = {
  differs: { why: 'a path of a kubelet has no namespace', ours: { outcome: 'refused' } },
};

export const withFlags = (
  title: string,
  args: readonly string[],
  more: Omit<Case, 'title'> = {},
): Case => ({ title, args, ...more, files: { config: kubeconfig(), ...more.files } });

/** Returns a case for each title, with the text that `make` takes. */
export const casesOf = <Text>(
  make: (title: string, text: Text) => Case,
  texts: Readonly<Record<string, Text>>,
): readonly Case[] => Object.entries(texts).map(([title, text]) => make(title, text));
