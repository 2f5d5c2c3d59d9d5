import type { Authority } from '../kit/certificates.ts';
import type { Likeness } from '../likeness/likenesses.ts';
import type { KubeletSettings } from './node-settings.ts';
import type { Minor } from './versions.ts';

/** Real Kubernetes on this machine: etcd, an API server, and kubelets with containerd. */
export interface KubeletStart {
  /** Version of the kubelet; by default the cluster's. */
  readonly minor?: Minor;
  /** Flags after the usual ones. */
  readonly flags?: readonly string[];
}

export interface RealCluster {
  /** Version of Kubernetes, such as `v1.37.2`. */
  readonly version: string;
  readonly minor: Minor;
  /** Folder with all state of the cluster. It is deleted when the cluster stops. */
  readonly directory: string;
  readonly pki: string;
  /** The API server and kubelets trust this authority, for clients and servers. */
  readonly authority: Authority;
  /** Path of a kubectl of the same version. */
  readonly kubectl: string;
  readonly likeness: Likeness | undefined;
  /** Network namespace of a caller with a network of its own; undefined for other clusters. */
  readonly callerNamespace: string | undefined;
  /** Paths of kubeconfigs. The user of `admin` has all permissions, and the user of `dev` has none. */
  readonly kubeconfigs: { readonly admin: string; readonly dev: string };
  readonly nodes: readonly string[];
  /** Ends the process with this name. Does nothing if there is none. */
  stopProcess(name: string): Promise<void>;
  /** Stops only the API server: etcd and kubelets continue to run. */
  stopApiServer(): Promise<void>;
  /** Waits until the API server is ready. @param flags replace its own flags */
  startApiServer(flags?: Readonly<Record<string, string>>): Promise<void>;
  /** Stops only the kubelet: containers continue to run. */
  stopKubelet(node: string): Promise<void>;
  /** Waits until the kubelet accepts connections. */
  startKubelet(node: string): Promise<void>;
  /** @param change returns changed settings of the kubelet; by default it starts with its usual settings */
  restartKubelet(
    node: string,
    change?: (usual: KubeletSettings) => object,
    start?: KubeletStart,
  ): Promise<void>;
  stop(): Promise<void>;
}
