/** What can be looked up. A list is empty where it cannot be read. */
export interface Names {
  /** Where a pod is that is named without a namespace. */
  namespace(): Promise<string>;
  nodes(): Promise<readonly string[]>;
  /** Of nodes, as `key=value`. */
  labels(): Promise<readonly string[]>;
  namespaces(): Promise<readonly string[]>;
  pods(namespace: string): Promise<readonly string[]>;
  containers(namespace: string, pod: string): Promise<readonly string[]>;
  serviceAccounts(namespace: string): Promise<readonly string[]>;
  /** The users and groups of bindings, as `user:NAME` and `group:NAME`. */
  subjects(): Promise<readonly string[]>;
  /** Paths that begin so; those of folders end with a slash. */
  files(typed: string): readonly string[];
  /** Of the kubeconfig. */
  entries(kind: 'contexts' | 'clusters' | 'users'): Promise<readonly string[]>;
}
