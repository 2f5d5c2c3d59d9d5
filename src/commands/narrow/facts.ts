import type { Known } from '../../known.ts';
import type { RunningWorkload } from '../../kubelet/agents/workloads.ts';
import type { KubeletVersions } from '../../kubelet/narrow/kubelets.ts';
import type { ClusterRole, ClusterRoleBinding, RbacSubject } from '../../objects.ts';

/** Facts that roles are narrowed by, from a cluster or from files. */
export interface NarrowFacts {
  readonly roles: readonly ClusterRole[];
  readonly bindings: readonly ClusterRoleBinding[];
  /** Whether they are all of a cluster. */
  readonly isWhole: boolean;
  /** Workloads that run as a service account, or why they are unknown. */
  readonly workloadsOf: (subject: RbacSubject) => Known<readonly RunningWorkload[]>;
  readonly kubelets: FoundKubelets;
}

export interface FoundKubelets extends KubeletVersions {
  /** The nodes whose kubelets check nothing finer than nodes/proxy. */
  readonly olderNodes: readonly string[];
  /** Assumptions, and limits of what their versions tell. */
  readonly notes: readonly string[];
}
