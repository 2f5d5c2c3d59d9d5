import type { Task } from '../../../scripts/tools/task.ts';
import type { Authority } from '../../kit/certificates.ts';
import type { ApiServerFlags } from '../control-plane.ts';
import type { PkiOptions } from '../pki.ts';
import type { RealCluster } from '../real-cluster.ts';
import type { Minor } from '../versions.ts';

export interface Blueprint extends Pick<PkiOptions, 'kubeletClient' | 'ownAuthorities'> {
  /** The least number of nodes that show the differences. */
  readonly leastNodes: number;
  /** Whether the kubelet of a node creates its own certificate. */
  readonly isSelfSigned: (node: number) => boolean;
  /** Whether nodes drop packets from callers, so that callers reach kubelets only through the API server. */
  readonly ownConnection: boolean;
  /** User of the kubeconfig. `prepare` or `furnish` writes the kubeconfig of `operator`. */
  readonly caller: 'admin' | 'operator';
  /** Called before the API server starts. Returns more flags for the API server. */
  readonly prepare: (making: Making) => Promise<ApiServerFlags>;
  /** Creates the objects that an installer creates, once nodes are ready. */
  readonly furnish: (cluster: RealCluster) => Promise<void>;
}

/** A cluster whose API server has not started. */
export interface Making {
  readonly directory: string;
  readonly minor: Minor;
  readonly authority: Authority;
  readonly task: Task;
}
