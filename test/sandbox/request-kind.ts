/** Kind of a request to the API server. `proxied`: the API server calls a kubelet, for the node proxy or the log of a pod. */
export type RequestKind = 'list' | 'get' | 'proxied' | 'review' | 'write' | 'other';

/** Sorts requests by their cost for an API server. */
export function requestKind(method: string, pathname: string): RequestKind {
  if (
    /^\/api\/v1\/nodes\/[^/]+\/proxy(?:\/|$)/.test(pathname) ||
    /\/pods\/[^/]+\/log$/.test(pathname)
  )
    return 'proxied';
  if (/reviews$/.test(pathname)) return 'review';
  const resource =
    /^\/(?:api\/v1|apis\/[^/]+\/[^/]+)(?:\/namespaces\/[^/]+)?\/[^/]+(\/[^/]+)?$/.exec(pathname);
  if (!resource) return 'other';
  if (method !== 'GET') return 'write';
  return resource[1] === undefined ? 'list' : 'get';
}
