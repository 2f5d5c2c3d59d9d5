/** What a kubelet asks its authorizer about one request: `nodes/SUBRESOURCE`, tried in order, the first allow wins. */
export interface KubeletAttributes {
  /** Empty for HEAD, OPTIONS and the like: only a rule with verb `*` matches that. */
  readonly verb: string;
  readonly subresources: readonly string[];
}

const verbs: Readonly<Record<string, string>> = {
  GET: 'get',
  POST: 'create',
  PUT: 'update',
  PATCH: 'patch',
  DELETE: 'delete',
};

/** Since this minor version KubeletFineGrainedAuthz is on by default (KEP-2862). */
export const fineGrainedSince = 33;

/** Since this minor version statusz and flagz no longer fall back to `nodes/proxy`. */
const statuszAloneSince = 36;

/**
 * Mirrors `GetRequestAttributes` of kubernetes `pkg/kubelet/server/auth.go`.
 * `minor` is the kubelet's own version (nodeInfo.kubeletVersion), not the API server's.
 */
export function kubeletAttributes(method: string, path: string, minor: number): KubeletAttributes {
  const verb = verbs[method] ?? '';
  const pathname = path.split('?', 1)[0] ?? path;
  return { verb, subresources: subresources(pathname, minor) };
}

function subresources(path: string, minor: number): readonly string[] {
  const below = (root: string) => path === root || path.startsWith(`${root}/`);
  if (below('/stats')) return ['stats'];
  if (below('/metrics')) return ['metrics'];
  if (below('/logs')) return ['log'];
  if (below('/checkpoint')) return ['checkpoint'];
  if (minor < fineGrainedSince) return ['proxy'];
  if (below('/pods') || below('/runningpods')) return ['pods', 'proxy'];
  if (below('/healthz')) return ['healthz', 'proxy'];
  if (below('/configz')) return ['configz', 'proxy'];
  if (below('/statusz')) return minor < statuszAloneSince ? ['statusz', 'proxy'] : ['statusz'];
  if (below('/flagz')) return minor < statuszAloneSince ? ['proxy'] : ['configz'];
  return ['proxy'];
}

/** `nodes/pods or nodes/proxy`: what would open a path, as it is told to people. */
export function formatSubresources(subresources: readonly string[]): string {
  return subresources.map((name) => `nodes/${name}`).join(' or ');
}

/** `37` of `v1.37.2-vendor.1`; the newest rules are assumed for a version that is not told. */
export function minorOf(version: string | undefined): number {
  const [, minor] = /^v?1\.(\d+)/.exec(version ?? '') ?? [];
  return minor === undefined ? Number.POSITIVE_INFINITY : Number(minor);
}
