type Decision = 'allowed' | 'denied' | 'unknown';

export interface AuthorizedRequest {
  /** Time of the event, in ms since 1970. */
  readonly atMs: number;
  /** Key that all events of one request share. It contains the time, because clients may choose the audit ID and use it again. */
  readonly request: string | undefined;
  readonly user: string;
  readonly groups: readonly string[];
  /** Empty for methods such as HEAD and OPTIONS, which only a rule with verb `*` allows. */
  readonly verb: string;
  readonly answer: Decision;
  readonly reason: string;
}

/** A SubjectAccessReview by which a kubelet asks the API server whether to serve a request. */
export interface KubeletReview extends AuthorizedRequest {
  readonly kind: 'review';
  readonly node: string;
  readonly minor: number | undefined;
  readonly subresource: string;
  /** The node that the caller's token is bound to; undefined if it is not bound to a node. */
  readonly callerNode: string | undefined;
  /** Identity of the caller. A kubelet caches one decision for each identity, verb and subresource. */
  readonly identity: string;
}

export interface ProxyRequest extends AuthorizedRequest {
  readonly kind: 'request';
  readonly node: string | undefined;
  /** The permission that the newest kubelets would check first if the caller sent the request directly to the kubelet. */
  readonly direct: string;
}

export type AuditEntry =
  | { readonly kind: 'begin'; readonly atMs: number }
  | KubeletReview
  | ProxyRequest
  /** A node's SubjectAccessReview whose request body is not in the log, so that the caller is unknown. */
  | { readonly kind: 'no body'; readonly atMs: number }
  /** A SubjectAccessReview about a kubelet, sent by a user other than this kubelet. */
  | { readonly kind: 'foreign'; readonly atMs: number; readonly user: string }
  | { readonly kind: 'other'; readonly atMs: number | undefined }
  | { readonly kind: 'unreadable'; readonly problem: string };

/** Returns the time of an entry in ms since 1970. An entry without a time gets 0, so that it comes first. */
export function timeOf(entry: AuditEntry): number {
  return ('atMs' in entry ? entry.atMs : undefined) ?? 0;
}
