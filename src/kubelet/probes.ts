import type { PolicyRule } from '../objects.ts';
import { covers } from '../rbac/rules.ts';
import { kubeletAttributes } from './authorization.ts';
import { kubeletEndpoints } from './endpoints.ts';

/** A request that has no effect and costs a kubelet next to nothing. */
export interface ProbeRequest {
  readonly method: 'GET';
  readonly path: string;
}

/** GET is no checkpoint method: whoever may do it gets a 405, and no pod has such a name. */
export const checkpointProbe = '/checkpoint/kubeletaccess/probe/probe';

/**
 * Kubelets cache by subresource, not by path, so the cheapest path of each will do: most of these end in a 404 or 405
 * behind the authorizer. Where a subresource has two, the first that asks for it alone is taken.
 */
const paths: Readonly<Record<string, readonly string[]>> = {
  // Since 1.33 /healthz tries nodes/healthz first, and somebody else's role may allow that.
  proxy: ['/healthz', '/containerLogs/kubeletaccess/probe/probe'],
  stats: ['/stats/'],
  metrics: ['/metrics/probes'],
  log: ['/logs/'],
  healthz: ['/healthz'],
  pods: ['/pods/kubeletaccess'],
  configz: ['/configz'],
  statusz: ['/statusz'],
  checkpoint: [checkpointProbe],
};

/**
 * The requests that show whether a kubelet follows `rules`, one for each subresource of nodes that they let one get.
 * `minor` is the kubelet's own version; which nodes the rules hold for (resourceNames) is not looked at. Empty if no GET
 * shows it: rules of other verbs alone, or of subresources that so old a kubelet does not know.
 */
export function probesFor(rules: readonly PolicyRule[], minor: number): readonly ProbeRequest[] {
  const anyNode = rules.map(({ resourceNames: _, ...rule }) => rule);
  return Object.entries(paths).flatMap(([subresource, candidates]) => {
    const wanted = { apiGroups: [''], resources: [`nodes/${subresource}`], verbs: ['get'] };
    if (!covers(anyNode, [wanted])) return [];
    const served = candidates.filter((path) => isServed(path, minor));
    const tried = (path: string) => kubeletAttributes('GET', path, minor).subresources;
    const path =
      served.find((candidate) => tried(candidate).join(' ') === subresource) ??
      served.find((candidate) => tried(candidate)[0] === subresource);
    return path === undefined ? [] : [{ method: 'GET', path }];
  });
}

function isServed(path: string, minor: number): boolean {
  const since = kubeletEndpoints.find((endpoint) => endpoint.path === path)?.sinceMinor;
  return since === undefined || minor >= since;
}
