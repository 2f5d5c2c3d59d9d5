import type { KubeletAddress } from '../../kubelet/address.ts';
import type { Cause } from '../../kubelet/cause.ts';
import type { ServingCertificate } from '../../kubelet/certificate.ts';
import type { KubeletRefusal } from '../../kubelet/refusal.ts';
import type { Node, RbacSubject } from '../../objects.ts';
import type { NearMiss } from '../../rbac/near-miss/near-miss.ts';
import type { FoundPair, PairNames } from '../../rbac/pair.ts';
import type { Profile } from '../../rbac/profiles.ts';

/** What asking a node by one path came to. `ms` is how long it took. */
export type Probe =
  | { readonly result: 'ok'; readonly ms: number }
  | FailedProbe
  | { readonly result: 'not asked'; readonly why: string };

/** `by` is who said no; `words` are theirs, or a sentence of ours where nobody spoke. */
export interface FailedProbe {
  readonly result: 'failed';
  readonly by: 'kubelet' | 'api server' | 'in between' | 'network';
  readonly cause: Cause;
  readonly words: string;
  readonly refusal?: KubeletRefusal | undefined;
  readonly ms: number;
}

/** A CertificateSigningRequest of a kubelet for its serving certificate that nobody has approved or signed. */
export interface PendingRequest {
  readonly name: string;
  readonly approved: boolean;
}

export interface NodeFacts {
  readonly node: Node;
  readonly address: KubeletAddress | undefined;
  readonly direct: Probe;
  readonly viaApiServer: Probe;
  readonly certificate?: ServingCertificate | undefined;
  readonly pendingRequest?: PendingRequest | undefined;
  /** `authorization.mode` of its configuration, looked at only where answers are at odds with reviews. */
  readonly authorizationMode?: string | undefined;
}

/** A right on a subresource of nodes. */
export interface NodeRight {
  readonly verb: 'get' | 'create';
  readonly subresource: string;
}

/** What RBAC and a kubelet say of one right of one identity. */
export interface RightFacts extends NodeRight {
  /** The binding that gives it, empty for system:masters; false if none does; undefined if that could not be asked. */
  readonly review: { readonly allowed: boolean; readonly binding: string } | undefined;
  /** Of one kubelet that was asked; undefined if none was. */
  readonly answer: 'allowed' | 'refused' | undefined;
}

/** What could not be looked at: for lack of a right, or for what `words` say. */
export type Unseen = { readonly what: string } & (
  | { readonly right: string; readonly words?: undefined }
  | { readonly words: string; readonly right?: undefined }
);

/** All that was seen of a cluster; the report is a pure function of it. */
export interface Facts {
  readonly server: string;
  /**
   * What counts: what kube-apiserver meets; what the caller does, where a kubelet was named by its address or the caller is
   * the subject; or only what RBAC says of a subject in whose name nobody can ask.
   */
  readonly path: 'apiserver' | 'direct' | 'review';
  /** In ms since 1970. */
  readonly now: number;
  /** What the API server itself could not be asked for, and why; undefined if it answered. */
  readonly apiServerDown?: string | undefined;
  readonly caller: { readonly user: string; readonly groups: readonly string[] };
  /** Who kube-apiserver is to kubelets; undefined if no kubelet refused it anything. Or why that is unknown, if there is more to say. */
  readonly client:
    | { readonly userName: string | undefined }
    | { readonly unknown: string; readonly details: readonly string[] };
  readonly wanted: {
    readonly profile: Profile;
    readonly names: PairNames;
    /** Whom the pair is to be for; undefined if the cluster did not tell. */
    readonly subject: RbacSubject | undefined;
  };
  /** Undefined if the caller may not look. */
  readonly pair: FoundPair | undefined;
  readonly clientRights: readonly RightFacts[];
  readonly callerRights: readonly RightFacts[];
  readonly nodes: readonly NodeFacts[];
  /** By which labels they were chosen; empty if by none. */
  readonly selector: string;
  /** Objects that look as if they gave what was refused. */
  readonly nearMisses: readonly NearMiss[];
  readonly unseen: readonly Unseen[];
  /**
   * Groups that may reach kubelets and the bindings that let them, looked at only where a kubelet allows what RBAC does not
   * give to the user alone: a certificate may put kube-apiserver into one of them.
   */
  readonly groups: readonly string[];
  /** Whether the user ended it before every node was asked. */
  readonly interrupted: boolean;
  /** Days before its end from which a serving certificate is told of. */
  readonly warnDays: number;
}
