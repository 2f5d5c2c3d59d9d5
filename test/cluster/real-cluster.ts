import type { Authority } from '../kit/certificates.ts';
import type { Likeness } from '../likeness/likenesses.ts';
import type { KubeletSettings } from './node-settings.ts';
import type { Minor } from './versions.ts';

/** Real Kubernetes on this machine: etcd, an API server, and kubelets with containerd. */
export interface RealCluster {
  /** The version, such as `v1.37.2`. */
  readonly version: string;
  readonly minor: Minor;
  /** The path of the folder with all its state, which is deleted when it stops. */
  readonly directory: string;
  /** The path of the folder with the certificates and keys of all parts. */
  readonly pki: string;
  /** The authority that the API server and the kubelets trust, for clients and servers. */
  readonly authority: Authority;
  /** The path of a kubectl of the same version. */
  readonly kubectl: string;
  readonly likeness: Likeness | undefined;
  /** The path of the network namespace of a caller with a separate network; undefined for other clusters. */
  readonly callerNamespace: string | undefined;
  /** Paths of kubeconfigs: the user of `admin` has all permissions, the user of `dev` none. */
  readonly kubeconfigs: { readonly admin: string; readonly dev: string };
  /** The names of the nodes: `node-1`, `node-2`, … */
  readonly nodes: readonly string[];
  /** Ends the process of this name, if there is one. */
  stopProcess(name: string): Promise<void>;
  /** Ends the API server; everything else continues to run. */
  stopApiServer(): Promise<void>;
  /** Starts the API server again and waits until it is ready. */
  /** @param flags replacements for its own flags */
  startApiServer(flags?: Readonly<Record<string, string>>): Promise<void>;
  /** Ends a node's kubelet; its containers continue to run. */
  stopKubelet(node: string): Promise<void>;
  /** Starts a node's kubelet again and waits until it accepts connections. */
  startKubelet(node: string): Promise<void>;
  /** Ends a node's kubelet and starts it with settings that `change` makes of the usual ones; without `change`, with the usual ones. */
  restartKubelet(node: string, change?: (usual: KubeletSettings) => object): Promise<void>;
  stop(): Promise<void>;
}
