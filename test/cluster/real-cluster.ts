import type { Authority } from '../kit/certificates.ts';
import type { Likeness } from '../likeness/likenesses.ts';
import type { KubeletSettings } from './node-settings.ts';
import type { Minor } from './versions.ts';

/** Genuine Kubernetes on this machine: etcd, an API server, and kubelets with containerd. */
export interface RealCluster {
  /** `v1.37.2` */
  readonly version: string;
  readonly minor: Minor;
  /** The folder of all its state, gone when it stops. */
  readonly directory: string;
  /** The folder with the certificates and keys of all parts. */
  readonly pki: string;
  /** The authority that the API server and the kubelets believe, for clients and for servers. */
  readonly authority: Authority;
  /** The path of the kubectl of its version. */
  readonly kubectl: string;
  readonly likeness: Likeness | undefined;
  /** The network namespace of a caller who has one of their own. */
  readonly callerNamespace: string | undefined;
  /** Paths: `admin` is what its people have and may do anything, `dev` nothing. */
  readonly kubeconfigs: { readonly admin: string; readonly dev: string };
  /** `node-1`, `node-2`, … */
  readonly nodes: readonly string[];
  /** Ends a process by its name; nothing, if none has it. */
  stopProcess(name: string): Promise<void>;
  /** Ends the API server and leaves all else running. */
  stopApiServer(): Promise<void>;
  /** Starts it again and waits until it is ready. */
  /** @param flags in place of its own */
  startApiServer(flags?: Readonly<Record<string, string>>): Promise<void>;
  /** Ends a node's kubelet and leaves its containers running. */
  stopKubelet(node: string): Promise<void>;
  /** Starts it again and waits until it accepts connections. */
  startKubelet(node: string): Promise<void>;
  /** Ends it and starts it with other settings, from its usual ones; without a change, with those. */
  restartKubelet(node: string, change?: (usual: KubeletSettings) => object): Promise<void>;
  stop(): Promise<void>;
}
