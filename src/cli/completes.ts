export interface Candidate {
  readonly value: string;
  readonly description?: string | undefined;
}

/** Names to look up for completion, in the cluster or in the kubeconfig. */
export type LookUp =
  | 'node'
  /** Separated by commas. */
  | 'nodes'
  | 'node-role'
  | 'label-selector'
  /** Separated by commas. */
  | 'label-keys'
  /** NAME or NAMESPACE/NAME. */
  | 'pod'
  /** Containers of the pod that the argument POD names. */
  | 'container'
  | 'namespace'
  /** NAMESPACE/NAME. */
  | 'serviceaccount'
  /** KIND:NAME. */
  | 'subject'
  | 'username'
  | 'group'
  | 'context'
  | 'cluster'
  | 'kubeconfig-user';

/** Completion of an option's value, or of an argument. */
export type Completes =
  | readonly string[]
  | ((typed: string) => readonly Candidate[])
  | { readonly listOf: readonly string[] }
  /** By the arguments before it. */
  | { readonly after: (args: readonly string[]) => Completes | undefined }
  /** A word, or the name of a file. */
  | { readonly orFile: () => readonly Candidate[] }
  | 'file'
  /** Text, or `@FILE`. */
  | '@file'
  | 'folder'
  | LookUp;
