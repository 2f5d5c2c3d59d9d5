import type { Known } from '../../known.ts';
import type { RunningWorkload } from '../../kubelet/agents/workloads.ts';
import type { KubeletVersions } from '../../kubelet/narrow/kubelets.ts';
import type { ClusterRole, ClusterRoleBinding, RbacSubject } from '../../objects.ts';

export interface NarrowFacts {
  readonly roles: readonly ClusterRole[];
  readonly bindings: readonly ClusterRoleBinding[];
  /** Whether these are all objects of the cluster. False if they come from manifest files. */
  readonly isWhole: boolean;
  readonly workloadsOf: (subject: RbacSubject) => Known<readonly RunningWorkload[]>;
  readonly kubelets: FoundKubelets;
}

export interface FoundKubelets extends KubeletVersions {
  /** Names of nodes whose kubelets check no permission finer than nodes/proxy. */
  readonly olderNodes: readonly string[];
  /** Sentences about unknown versions and assumptions about kubelets. */
  readonly notes: readonly string[];
}
