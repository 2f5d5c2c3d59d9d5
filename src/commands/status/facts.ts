import type { Known, Unknown } from '../../known.ts';
import type { KubeletAddress } from '../../kubelet/address.ts';
import type { ServingCertificate } from '../../kubelet/certificate.ts';
import type { FlavourName } from '../../kubelet/flavours.ts';
import type { Node, RbacSubject } from '../../objects.ts';
import type { FoundPair } from '../../rbac/change.ts';
import type { PairNames } from '../../rbac/names.ts';
import type { NearMiss } from '../../rbac/near-miss.ts';
import type { Profile } from '../../rbac/profiles.ts';
import type { Probe } from './probe.ts';

/** A CertificateSigningRequest of a kubelet for its serving certificate that is not approved or not signed yet. */
export interface PendingCsr {
  /** The name of the CertificateSigningRequest. */
  readonly name: string;
  /** Whether it is approved and waits for a signature. */
  readonly approved: boolean;
}

/** A pod with a running container, which the URLs of stream probes name. */
export interface StreamPod {
  readonly namespace: string;
  readonly name: string;
  readonly container: string;
}

/** Results of stream probes, which open no stream and run nothing. */
export interface StreamResults<Result> {
  /**
   * The pod that the requests name. Absent if requests use the node proxy of the API server, which does not lead to the container runtime.
   */
  readonly target?: StreamPod | undefined;
  /** A WebSocket (GET) through the API server to the kubelet. */
  readonly webSocket: Result;
  /** SPDY (POST) with the same URL path. kubectl falls back to it. */
  readonly spdy: Result;
  /** The hop from the kubelet to the streaming server of the container runtime. */
  readonly runtime: Result;
  /** A WebSocket directly from this machine to the kubelet. */
  readonly direct: Result;
}

export interface StreamFacts extends StreamResults<Probe> {
  /** Why pods could not be listed; undefined if they were listed. */
  readonly pods?: Unknown | undefined;
}

export interface NodeFacts {
  readonly node: Node;
  readonly address: KubeletAddress | undefined;
  readonly direct: Probe;
  readonly viaApiServer: Probe;
  readonly certificate?: ServingCertificate | undefined;
  readonly pendingRequest?: PendingCsr | undefined;
  /** `authorization.mode` of the kubelet, read only if the answers of this kubelet contradict access reviews. */
  readonly authorizationMode?: string | undefined;
  readonly streams?: StreamFacts | undefined;
}

/**
 * The user name of kube-apiserver at kubelets. `found` is undefined if no kubelet denied kube-apiserver a request: only a denial contains
 * the user name.
 */
type ClientName = Known<string | undefined> & {
  /** Hints on how to find out the user name. */
  readonly hints?: readonly string[];
  readonly details?: readonly string[];
};

export interface NodePermission {
  readonly verb: 'get' | 'create';
  readonly subresource: string;
}

/** Whether RBAC and one kubelet allow a permission to a user. */
export interface PermissionFacts extends NodePermission {
  readonly review: Known<RbacAnswer>;
  /** Undefined if no kubelet answered. */
  readonly answer: 'allowed' | 'denied' | undefined;
}

interface RbacAnswer {
  readonly allowed: boolean;
  /** Name of the binding that allows the request. Empty if no binding allows it, or if group system:masters allows it. */
  readonly binding: string;
}

/** Whether RBAC lets the caller open one kind of stream. */
export interface StreamPermission {
  readonly resource: 'pods/exec' | 'pods/attach' | 'pods/portforward';
  /** Namespace of the pods; undefined for all namespaces. */
  readonly namespace: string | undefined;
  readonly review: Known<RbacAnswer>;
}

/** A binding that gives a subject permissions on some nodes only. */
export interface NodeLimit {
  readonly binding: string;
  readonly nodes: readonly string[];
}

export type Unchecked = { readonly check: string } & Unknown;

export interface Facts {
  readonly server: string;
  readonly flavour?: FlavourName | undefined;
  /**
   * Which answers decide the verdict. `apiserver`: answers of kubelets to kube-apiserver. `direct`: answers of kubelets to the caller, who
   * is the subject or gave --kubelet-address. `review`: access reviews, because this program cannot send requests as the subject.
   */
  readonly path: 'apiserver' | 'direct' | 'review';
  /** Time of the check, in ms since 1970. */
  readonly now: number;
  /** The permission to read nodes that the caller lacks. Undefined if nodes were read. */
  readonly deniedNodes?: 'list nodes' | 'get nodes' | undefined;
  /** Why the API server did not answer; undefined if it answered. */
  readonly apiServerDown?: string | undefined;
  readonly caller: { readonly user: string; readonly groups: readonly string[] };
  /**
   * The user name of kube-apiserver at kubelets. Undefined if no kubelet answered kube-apiserver, if the API server denied the caller, or
   * after an interrupt.
   */
  readonly client: ClientName | undefined;
  /** Whether the metrics of a kubelet show that kube-apiserver used an expired client certificate. */
  readonly isClientExpired?: boolean;
  readonly wanted: {
    readonly profile: Profile;
    readonly names: PairNames;
    /** Nodes to which the subject needs access; empty for all nodes. */
    readonly nodes: readonly string[];
    /** Subject of the ClusterRoleBinding. Undefined if the user name of kube-apiserver is unknown. */
    readonly subject: RbacSubject | undefined;
  };
  /** The ClusterRole and its binding; undefined if the caller may not read them. */
  readonly pair: FoundPair | undefined;
  readonly clientPermissions: readonly PermissionFacts[];
  readonly callerPermissions: readonly PermissionFacts[];
  /** Whether RBAC lets the caller open streams. Undefined without --streams. */
  readonly streamPermissions?: readonly StreamPermission[];
  readonly nodes: readonly NodeFacts[];
  readonly selector: string;
  /** RBAC objects that seem to allow a request that kubelets denied, but do not allow it. */
  readonly nearMisses: readonly NearMiss[];
  /** Bindings that allow access to some nodes only. Read only if the subject lacks a permission. */
  readonly limits: readonly NodeLimit[];
  /** Says that the service account of --subject does not exist; empty if it exists, or if this is unknown. */
  readonly absent: readonly string[];
  readonly unchecked: readonly Unchecked[];
  /**
   * Groups that may run commands through kubelets, with their bindings. Read only if a kubelet allows kube-apiserver a request that RBAC
   * denies. The client certificate of kube-apiserver may then name such a group.
   */
  readonly groups: readonly string[];
  /** Whether some named nodes do not exist. */
  readonly hasMissing?: boolean;
  /** Whether an interrupt ended the check early. */
  readonly interrupted: boolean;
  /** If a serving certificate expires within this number of days, status warns. */
  readonly warnDays: number;
}
