type Decision = 'allowed' | 'denied' | 'unknown';

/** A request by a user, and the API server's answer. */
export interface AuthorizedRequest {
  /** Time of the event, in ms since 1970. */
  readonly atMs: number;
  /** Key of the request in all its events. It contains the time, because clients may choose the ID and use it again. */
  readonly request: string | undefined;
  readonly user: string;
  readonly groups: readonly string[];
  /** Empty for methods such as HEAD and OPTIONS, which only a rule with verb `*` allows. */
  readonly verb: string;
  readonly answer: Decision;
  /** The authorizer's reason; may be empty. */
  readonly reason: string;
}

/** An access review by which a kubelet asks the API server whether to serve a request. */
export interface KubeletReview extends AuthorizedRequest {
  readonly kind: 'review';
  readonly node: string;
  readonly minor: number | undefined;
  readonly subresource: string;
  /** The node that the caller's token is bound to; undefined if it is not bound to a node. */
  readonly callerNode: string | undefined;
  /** Identity of the caller. Kubelets cache an answer for each identity, verb and subresource. */
  readonly identity: string;
}

/** A request for a kubelet through the API server. */
export interface ProxyRequest extends AuthorizedRequest {
  readonly kind: 'request';
  /** Name of the node; undefined if the request does not have a valid name. */
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
  /** A review by a node without a request body in the log: the caller is unknown. */
  | { readonly kind: 'no body'; readonly atMs: number }
  /** A review of a permission on a kubelet by a user who is not that kubelet. */
  | { readonly kind: 'foreign'; readonly atMs: number; readonly user: string }
  | { readonly kind: 'other'; readonly atMs: number | undefined }
  | { readonly kind: 'unreadable'; readonly problem: string };

/** Returns the time of an entry in ms since 1970; 0, to come first, if it has no time. */
export function timeOf(entry: AuditEntry): number {
  return ('atMs' in entry ? entry.atMs : undefined) ?? 0;
}
