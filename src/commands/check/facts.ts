import type { Failure } from '../../errors.ts';
import type { Known } from '../../known.ts';
import type { Agent, AgentCall } from '../../kubelet/agents/agent.ts';
import type { AgentSettings } from '../../kubelet/agents/agent-variables.ts';
import { type Cause, certificateCauses } from '../../kubelet/causes/causes.ts';
import type { Finding } from '../../kubelet/finding.ts';
import type { RbacSubject } from '../../objects.ts';
import type { ServingNode } from '../shared/fleet/serving-node.ts';

/**
 * A pod of an agent.
 * @public
 */
export interface AgentPod {
  readonly name: string;
  /** Name of the pod's node; empty if the pod is not scheduled. */
  readonly node: string;
  /** Whether the pod's condition Ready is true. */
  readonly available: boolean;
  /** Seconds since the pod started; absent if it has not started. */
  readonly ageSeconds?: number;
}

export interface AgentFacts {
  readonly server: string;
  /** Time of the check, in ms since 1970. */
  readonly now: number;
  readonly agent: Agent;
  /** Undefined if no pod of the agent was found, unless --agent or --profile says what it is. */
  readonly found: FoundAgent | undefined;
  /** Selectors by which pods of the agent were searched, such as `-l k8s-app=metrics-server`. */
  readonly lookedFor: readonly string[];
  /** The given service account. Undefined if an agent was given. */
  readonly account: RbacSubject | undefined;
  /** Says that the given service account does not exist. */
  readonly absent: readonly string[];
  readonly requests: readonly AskedKubelet[];
  /**
   * Certificates of all kubelets, verified with the trust settings of the agent. Empty if the agent calls no kubelet directly, or if no
   * connection succeeded.
   */
  readonly serving: readonly ServingNode[];
  /** State of the aggregated API of metrics-server; undefined for other agents. */
  readonly api: Known<ServedApi> | undefined;
}

/** An agent, or the service account that it runs as: then `agent` says what it is, and no pod has to run. */
export type WantedAgent =
  | { readonly agent: Agent; readonly account?: undefined }
  | { readonly account: RbacSubject; readonly agent: Agent | undefined };

export type AgentFinding = Finding<
  Cause | 'agent-not-running' | 'agent-not-ready' | 'address-types' | 'not-checked'
>;

export interface FoundAgent {
  readonly namespace: string;
  readonly serviceAccount: string;
  readonly pods: readonly AgentPod[];
  /** Other service accounts that pods of the agent run as: `serviceaccount:NAMESPACE:NAME`. */
  readonly others: readonly string[];
  /**
   * Settings of the agent. `verifies` is `unknown` if this check could not read the setting that decides whether the agent verifies
   * kubelets.
   */
  readonly settings: AgentSettings;
  /** CA file of the agent. Undefined if the agent verifies kubelets with the CA of the cluster. */
  readonly ca?: AgentCa | undefined;
}

/** The CA file that an agent verifies kubelets with. */
export interface AgentCa {
  /** Path of the file in the container. */
  readonly path: string;
  /** Option or environment variable that sets the path, such as `--kubelet-certificate-authority`. */
  readonly setBy: string;
  /** Object that contains the file, such as `ConfigMap kubelet-ca` or `Secret kubelet-ca`. */
  readonly from: string;
  /** CA that this check verified kubelets with: the agent's own CA, a CA given on the command line, or the cluster's CA. */
  readonly used: 'own' | 'given' | 'cluster';
  /** Why the ConfigMap with the CA could not be read. */
  readonly whyUnread?: string;
}

/** Whether the agent verifies kubelets. Returns `unknown` if the agent has its own CA, but this check had to use the CA of the cluster. */
export function verifiesAlike({ settings, ca }: FoundAgent): AgentSettings['verifies'] {
  const { verifies } = settings;
  return verifies === 'yes' && ca?.used === 'cluster' ? 'unknown' : verifies;
}

/** Whether the cause is about the serving certificate. This program then sends an access review in place of the request. */
export function isUnverified(cause: Cause | undefined): boolean {
  return cause !== undefined && certificateCauses.includes(cause);
}

export type AskedKubelet = {
  readonly node: string;
  /** Minor version of the kubelet; infinite if unknown. */
  readonly minor: number;
  readonly call: AgentCall;
} & (
  | { readonly result: 'ok'; readonly failed?: undefined; readonly review?: undefined }
  | FailedRequest
);

export interface FailedRequest {
  /**
   * `allowed` and `unknown` are results of an access review. It replaces the request if the kubelet cannot be verified, because such a
   * kubelet must not get a token.
   */
  readonly result: 'denied' | 'failed' | 'allowed' | 'unknown';
  readonly failed: FailedCall;
  /** The access review that replaces the request to an unverified kubelet. */
  readonly review?: CallReview | undefined;
}

interface CallReview {
  /** Subresources of nodes, in the order in which the kubelet tries them. */
  readonly subresources: readonly string[];
  /** Sentences about the feature gate of the kubelet, if its state is not the default or is assumed. */
  readonly notes: readonly string[];
}

export interface FailedCall {
  readonly cause: Cause;
  readonly message: string;
  readonly details: Failure['details'];
  readonly hints: readonly string[];
}

/** The API that metrics-server serves and `kubectl top` reads. */
export interface ServedApi {
  readonly name: string;
  /** Whether the API server has an APIService of this name. */
  readonly exists: boolean;
  readonly available: boolean;
  /** State of the API, in the words of the API server. */
  readonly message: string;
  /** Nodes of the cluster for which the API has no metrics. */
  readonly missing: readonly string[];
}
