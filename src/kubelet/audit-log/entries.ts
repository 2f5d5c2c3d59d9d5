type Decision = 'allowed' | 'denied' | 'unknown';

/** Who requested what, and the API server's answer. */
export interface AuthorizedRequest {
  /** In ms since 1970. */
  readonly atMs: number;
  /** Equal for what the log has of one request, and of no other: clients may choose the ID, but not the time. */
  readonly request: string | undefined;
  readonly user: string;
  readonly groups: readonly string[];
  /** Empty for HEAD, OPTIONS and the like, which only a rule with verb `*` allows. */
  readonly verb: string;
  readonly answer: Decision;
  /** The authorizer's reason; may be empty. */
  readonly reason: string;
}

/** A kubelet's question to the API server whether it may serve a request. */
export interface KubeletReview extends AuthorizedRequest {
  readonly kind: 'review';
  readonly node: string;
  /** Minor version of the kubelet; undefined if its user agent does not have it. */
  readonly minor: number | undefined;
  readonly subresource: string;
  /** The node that the caller's token is bound to; undefined if it is to none. */
  readonly callerNode: string | undefined;
  /** Kubelets remember answers for each of these, and each verb and subresource. */
  readonly identity: string;
}

/** A request for a kubelet through the API server. */
export interface ProxyRequest extends AuthorizedRequest {
  readonly kind: 'request';
  /** Undefined if it is not the name of a node. */
  readonly node: string | undefined;
  /** The permission that the newest kubelets check first for the same request sent directly. */
  readonly direct: string;
}

/** The facts of an audit event about the use of kubelets. */
export type AuditEntry =
  /** The log begins here: earlier events are missing. */
  | { readonly kind: 'begin'; readonly atMs: number }
  | KubeletReview
  | ProxyRequest
  /** A review by a node whose body is not in the log: the caller is unknown. */
  | { readonly kind: 'no body'; readonly atMs: number }
  /** A review of a permission on a kubelet that another than this kubelet made. */
  | { readonly kind: 'foreign'; readonly atMs: number; readonly user: string }
  /** All else. */
  | { readonly kind: 'other'; readonly atMs: number | undefined }
  | { readonly kind: 'unreadable'; readonly problem: string };

/** In ms since 1970; entries without a time come first. */
export function timeOf(entry: AuditEntry): number {
  return ('atMs' in entry ? entry.atMs : undefined) ?? 0;
}
