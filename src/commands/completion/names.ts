/** A list is empty if it cannot be read. */
export interface Names {
  readonly namespace: () => Promise<string>;
  readonly nodes: () => Promise<readonly string[]>;
  /** Labels of nodes, as `key=value`. */
  readonly labels: () => Promise<readonly string[]>;
  readonly namespaces: () => Promise<readonly string[]>;
  readonly pods: (namespace: string) => Promise<readonly string[]>;
  readonly containers: (namespace: string, pod: string) => Promise<readonly string[]>;
  readonly serviceAccounts: (namespace: string) => Promise<readonly string[]>;
  /** Users and groups in bindings, as `user:NAME` and `group:NAME`. */
  readonly subjects: () => Promise<readonly string[]>;
  /** Paths that begin with `typed`; paths of folders end with a slash. */
  readonly files: (typed: string) => readonly string[];
  readonly entries: (kind: 'contexts' | 'clusters' | 'users') => Promise<readonly string[]>;
}
