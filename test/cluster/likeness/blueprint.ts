import type { Task } from '../../../scripts/tools/task.ts';
import type { Authority } from '../../kit/certificates.ts';
import type { ApiServerFlags } from '../control-plane.ts';
import type { PkiOptions } from '../pki.ts';
import type { RealCluster } from '../real-cluster.ts';
import type { Minor } from '../versions.ts';

/** The differences between kinds of clusters. */
export interface Blueprint extends Pick<PkiOptions, 'kubeletClient' | 'ownAuthorities'> {
  /** Fewer are not enough for it. */
  readonly leastNodes: number;
  /** Whether a kubelet is to make its own certificate. */
  readonly isSelfSigned: (node: number) => boolean;
  /** Whether the caller has a network of their own, whose packets nodes drop. */
  readonly ownConnection: boolean;
  /** Whose kubeconfig the caller has: `operator.kubeconfig` is written by `prepare` or `furnish`. */
  readonly caller: 'admin' | 'operator';
  /** Prepares the start of the API server, and returns additional flags. */
  readonly prepare: (making: Making) => Promise<ApiServerFlags>;
  /** Creates the objects of an installer once the nodes are ready. */
  readonly furnish: (cluster: RealCluster) => Promise<void>;
}

/** A cluster whose certificates are made and whose API server is not started yet. */
export interface Making {
  readonly directory: string;
  readonly minor: Minor;
  readonly authority: Authority;
  readonly task: Task;
}
