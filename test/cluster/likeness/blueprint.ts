import type { Task } from '../../../scripts/tools/task.ts';
import type { Authority } from '../../kit/certificates.ts';
import type { ApiServerFlags } from '../control-plane.ts';
import type { PkiOptions } from '../pki.ts';
import type { RealCluster } from '../real-cluster.ts';
import type { Minor } from '../versions.ts';

/** The differences between kinds of clusters. */
export interface Blueprint extends Pick<PkiOptions, 'kubeletClient' | 'ownAuthorities'> {
  /** The smallest number of nodes that shows its differences. */
  readonly leastNodes: number;
  /** Whether a node's kubelet creates its own certificate. */
  readonly isSelfSigned: (node: number) => boolean;
  /** Whether the caller has a separate network, whose packets nodes drop. */
  readonly ownConnection: boolean;
  /** The identity of the caller's kubeconfig: `prepare` or `furnish` writes the one of `operator`. */
  readonly caller: 'admin' | 'operator';
  /** Prepares the start of the API server, and returns additional flags. */
  readonly prepare: (making: Making) => Promise<ApiServerFlags>;
  /** Creates the objects of an installer after the nodes are ready. */
  readonly furnish: (cluster: RealCluster) => Promise<void>;
}

/** A cluster with certificates, before the start of its API server. */
export interface Making {
  readonly directory: string;
  readonly minor: Minor;
  readonly authority: Authority;
  readonly task: Task;
}
