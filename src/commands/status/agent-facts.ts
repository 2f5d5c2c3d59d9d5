import type { Known } from '../../known.ts';
import type { Agent, AgentCall } from '../../kubelet/agents/agent.ts';
import type { AgentSettings } from '../../kubelet/agents/agent-variables.ts';
import type { Cause } from '../../kubelet/causes/causes.ts';
import type { ServingNode } from '../shared/fleet/serving-node.ts';

/**
 * A pod of an agent.
 * @public
 */
export interface AgentPod {
  readonly name: string;
  /** Empty if it is not scheduled. */
  readonly node: string;
  readonly ready: boolean;
  /** Since it started; null if it has not. */
  readonly ageSeconds: number | null;
}

/** Everything that was read and asked; the report is a pure function of it. */
export interface AgentFacts {
  readonly server: string;
  /** In ms since 1970. */
  readonly now: number;
  readonly agent: Agent;
  /** Undefined if there is no pod of it. */
  readonly found: FoundAgent | undefined;
  /** The selectors that its pods were looked for with: `-l k8s-app=metrics-server`. */
  readonly lookedFor: readonly string[];
  readonly requests: readonly AskedKubelet[];
  /** Certificates of all kubelets, verified as the agent does; empty if it calls none directly, or none could be connected to. */
  readonly serving: readonly ServingNode[];
  /** Whether the aggregated API that it serves is available; undefined if it serves none. */
  readonly api: Known<ServedApi> | undefined;
}

export interface FoundAgent {
  readonly namespace: string;
  readonly serviceAccount: string;
  readonly pods: readonly AgentPod[];
  /** Others that run as another account. */
  readonly others: readonly string[];
  /** `unknown` where its configuration says whether it verifies kubelets, and neither arguments nor environment variables. */
  readonly settings: AgentSettings;
  /** Undefined if it verifies kubelets with the CA of the cluster. */
  readonly ca?: AgentCa | undefined;
}

/** The CA file that an agent verifies kubelets with. */
export interface AgentCa {
  /** In its container. */
  readonly path: string;
  /** `--kubelet-certificate-authority`, or an environment variable. */
  readonly setBy: string;
  /** The object with the file: `ConfigMap kubelet-ca`, `Secret kubelet-ca`. */
  readonly from: string;
  /** The CA that verified kubelets: this one, the caller's, or the cluster's. */
  readonly used: 'own' | 'given' | 'cluster';
  /** Why the ConfigMap was not read. */
  readonly whyUnread?: string;
}

export interface AskedKubelet {
  readonly node: string;
  /** Minor version of the kubelet; infinite if unknown. */
  readonly minor: number;
  readonly call: AgentCall;
  /** `allowed` and `unknown` only by an access review: a token is never sent to a kubelet that cannot be verified. */
  readonly verdict: 'ok' | 'denied' | 'failed' | 'allowed' | 'unknown';
  /** Undefined if it was answered. */
  readonly failed?: FailedCall;
  /** The access review that replaces the request, if no token may be sent to the kubelet. */
  readonly review?: CallReview;
}

interface CallReview {
  /** Subresources of nodes, in the order in which the kubelet tries them. */
  readonly subresources: readonly string[];
  /** Facts and assumptions about its feature gates. */
  readonly notes: readonly string[];
}

/** Why a request failed, in the words of who denied it, and the remedy. */
export interface FailedCall {
  readonly cause: Cause;
  readonly message: string;
  readonly details: readonly string[];
  readonly hints: readonly string[];
}

/** The API that metrics-server serves and `kubectl top` reads. */
export interface ServedApi {
  readonly name: string;
  readonly available: boolean;
  /** In the words of the API server. */
  readonly message: string;
  /** The nodes of the cluster for which it has nothing. */
  readonly missing: readonly string[];
}
