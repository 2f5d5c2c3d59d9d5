export interface Candidate {
  readonly value: string;
  readonly description?: string | undefined;
}

export type NameKind =
  | 'node'
  /** Names of nodes, separated by commas. */
  | 'nodes'
  | 'node-role'
  | 'label-selector'
  /** Keys of labels, separated by commas. */
  | 'label-keys'
  /** A pod, as NAME or NAMESPACE/NAME. */
  | 'pod'
  /** Containers of the pod that the argument POD names. */
  | 'container'
  | 'namespace'
  /** A service account, as NAMESPACE/NAME. */
  | 'serviceaccount'
  /** A subject, as KIND:NAME. */
  | 'subject'
  | 'username'
  | 'group'
  | 'context'
  | 'cluster'
  | 'kubeconfig-user';

export type Completes =
  | readonly string[]
  | ((typed: string) => readonly Candidate[])
  | { readonly listOf: readonly string[] }
  | { readonly after: (args: readonly string[]) => Completes | undefined }
  | { readonly orFile: () => readonly Candidate[] }
  | 'file'
  /** Any text, or `@` and the name of a file. */
  | '@file'
  | 'folder'
  | NameKind;
