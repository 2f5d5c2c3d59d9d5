import type { Authority } from '../kit/certificates.ts';
import type { Likeness } from '../likeness/likenesses.ts';
import type { KubeletSettings } from './node-settings.ts';
import type { Minor } from './versions.ts';

/** Real Kubernetes on this machine: etcd, an API server, and kubelets with containerd. */
export interface RealCluster {
  /** Such as `v1.37.2`. */
  readonly version: string;
  readonly minor: Minor;
  /** Folder with all state of the cluster. It is deleted when the cluster stops. */
  readonly directory: string;
  /** Folder of certificates and keys. */
  readonly pki: string;
  /** The API server and kubelets trust this authority, for clients and servers. */
  readonly authority: Authority;
  /** Path of a kubectl of the same version. */
  readonly kubectl: string;
  readonly likeness: Likeness | undefined;
  /** Network namespace of a caller with a network of its own; undefined for other clusters. */
  readonly callerNamespace: string | undefined;
  /** Paths. The user of `admin` has all permissions, the user of `dev` none. */
  readonly kubeconfigs: { readonly admin: string; readonly dev: string };
  readonly nodes: readonly string[];
  /** Does nothing if no process has this name. */
  stopProcess(name: string): Promise<void>;
  /** Only the API server ends. */
  stopApiServer(): Promise<void>;
  /** Waits until the API server is ready. @param flags replace its own flags */
  startApiServer(flags?: Readonly<Record<string, string>>): Promise<void>;
  /** Containers continue to run. */
  stopKubelet(node: string): Promise<void>;
  /** Waits until the kubelet accepts connections. */
  startKubelet(node: string): Promise<void>;
  /** @param change returns settings made of the usual ones; by default the usual ones */
  restartKubelet(node: string, change?: (usual: KubeletSettings) => object): Promise<void>;
  stop(): Promise<void>;
}
