import type { Known } from '../../../known.ts';
import type { ApiServer } from '../../../kube/api-server/api-server.ts';
import type { NodeChoice } from '../../../kube/api-server/choose-nodes.ts';
import type { KubeletAccess } from '../../../kube/kubelet-client/kubelet-access.ts';
import type { ProbeSettings } from './probe-node.ts';

export interface Cluster {
  /** The URL of the API server. */
  readonly server: string;
  readonly apiServer: ApiServer;
  /** Direct access to kubelets. */
  readonly access: Known<KubeletAccess>;
}

export interface Sources extends Cluster {
  readonly probing: ProbeSettings & { readonly timeoutMs: number };
  readonly choice: NodeChoice;
  readonly signal: AbortSignal;
}
