import type { Known, Unknown } from '../../known.ts';
import type { KubeletAddress } from '../../kubelet/address.ts';
import type { ServingCertificate } from '../../kubelet/certificate.ts';
import type { FlavourName } from '../../kubelet/flavours.ts';
import type { Node, RbacSubject } from '../../objects.ts';
import type { NearMiss } from '../../rbac/near-miss.ts';
import type { FoundPair, PairNames } from '../../rbac/pair.ts';
import type { Profile } from '../../rbac/profiles.ts';
import type { Probe } from './probe.ts';

/** A CertificateSigningRequest of a kubelet for its serving certificate that nobody has approved or signed. */
export interface PendingRequest {
  /** The name of the CertificateSigningRequest. */
  readonly name: string;
  /** Whether it is approved and waits for a signature. */
  readonly approved: boolean;
}

/** A pod with a running container; probes of streams use its paths. */
export interface StreamPod {
  readonly namespace: string;
  readonly name: string;
  readonly container: string;
}

/** Probes of exec, attach and port-forward that open no stream and run nothing. */
export interface Streams<Result> {
  /** Requests name this pod; absent if they go through the node proxy, which does not reach the container runtime. */
  readonly pod?: StreamPod | undefined;
  /** Through the API server to the kubelet, as a WebSocket (GET). */
  readonly webSocket: Result;
  /** The same over SPDY (POST), which kubectl falls back to. */
  readonly spdy: Result;
  /** From the kubelet to the streaming server of the container runtime. */
  readonly runtime: Result;
  /** Directly from this machine to the kubelet. */
  readonly direct: Result;
}

export interface StreamFacts extends Streams<Probe> {
  /** Why no pod could be looked for. */
  readonly pods?: Unknown | undefined;
}

export interface NodeFacts {
  readonly node: Node;
  readonly address: KubeletAddress | undefined;
  readonly direct: Probe;
  readonly viaApiServer: Probe;
  readonly certificate?: ServingCertificate | undefined;
  readonly pendingRequest?: PendingRequest | undefined;
  /** `authorization.mode` of its configuration, read only where answers contradict reviews. */
  readonly authorizationMode?: string | undefined;
  /** With --streams. */
  readonly streams?: StreamFacts | undefined;
}

/** A permission on a subresource of nodes. */
export interface NodePermission {
  readonly verb: 'get' | 'create';
  readonly subresource: string;
}

/** The answers of RBAC and of a kubelet about one permission of one identity. */
export interface PermissionFacts extends NodePermission {
  readonly review: Known<RbacAnswer>;
  /** Answer of the kubelet that was asked; undefined if none was. */
  readonly answer: 'allowed' | 'denied' | undefined;
}

interface RbacAnswer {
  readonly allowed: boolean;
  /** The binding that allows it; empty for system:masters, and where none does. */
  readonly binding: string;
}

/** The answer of RBAC about one kind of stream, for the caller. */
export interface StreamPermission {
  readonly resource: 'pods/exec' | 'pods/attach' | 'pods/portforward';
  /** Undefined for all namespaces. */
  readonly namespace: string | undefined;
  readonly review: Known<RbacAnswer>;
}

/** A binding that gives a subject the permission on some nodes only. */
export interface NodeLimit {
  readonly binding: string;
  readonly nodes: readonly string[];
}

/** A check that could not be completed. */
export type Unchecked = { readonly check: string } & Unknown;

/** All that was read of a cluster; the report is a pure function of it. */
export interface Facts {
  readonly server: string;
  readonly flavour?: FlavourName | undefined;
  /**
   * The answers that decide the verdict. apiserver: answers to kube-apiserver. direct: answers to the caller, who is the subject or
   * named a kubelet by its address. review: access reviews, as nobody can send requests as another subject.
   */
  readonly path: 'apiserver' | 'direct' | 'review';
  /** In ms since 1970. */
  readonly now: number;
  /** The permission that the caller lacks to read nodes; undefined if they were read. */
  readonly deniedNodes?: 'list nodes' | 'get nodes' | undefined;
  /** Why the API server did not answer; undefined if it did. */
  readonly apiServerDown?: string | undefined;
  readonly caller: { readonly user: string; readonly groups: readonly string[] };
  /**
   * The user that kube-apiserver is to kubelets; undefined if no kubelet denied it anything. The reason why it is unknown is empty
   * if a probe shows it.
   */
  readonly client: Known<string | undefined> & {
    /** Tell how to name the user. Needed only where kubelets deny it something. */
    readonly hints?: readonly string[];
    readonly details?: readonly string[];
  };
  /** Whether kubelets count an expired certificate at a request of kube-apiserver. */
  readonly isClientExpired?: boolean;
  readonly wanted: {
    readonly profile: Profile;
    readonly names: PairNames;
    /** The only nodes that access is asked for; empty for all. */
    readonly nodes: readonly string[];
    /** Whom the pair should be for; undefined if the cluster does not tell. */
    readonly subject: RbacSubject | undefined;
  };
  /** Undefined if the caller may not read it. */
  readonly pair: FoundPair | undefined;
  readonly clientPermissions: readonly PermissionFacts[];
  readonly callerPermissions: readonly PermissionFacts[];
  /** With --streams. */
  readonly streamPermissions?: readonly StreamPermission[];
  readonly nodes: readonly NodeFacts[];
  /** The labels that they were chosen by; may be empty. */
  readonly selector: string;
  /** Objects that seem to allow the denied request. */
  readonly nearMisses: readonly NearMiss[];
  /** Read if a subject lacks the permission. */
  readonly limits: readonly NodeLimit[];
  readonly unchecked: readonly Unchecked[];
  /**
   * Groups that may reach kubelets and the bindings that let them, read only where a kubelet allows what RBAC does not allow
   * the user alone: a certificate may put kube-apiserver into one of them.
   */
  readonly groups: readonly string[];
  /** Whether some nodes that were named do not exist. */
  readonly hasMissing?: boolean;
  /** Whether it was interrupted before every node was asked. */
  readonly interrupted: boolean;
  /** A serving certificate that expires within so many days is a warning. */
  readonly warnDays: number;
}
