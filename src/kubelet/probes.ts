import type { PolicyRule } from '../objects.ts';
import { covers } from '../rbac/rules.ts';
import { kubeletAttributes } from './authorization.ts';
import { endpointList, isServed, nodeSubresources } from './endpoints.ts';

/** A request that has no effect and costs a kubelet next to nothing. */
export interface ProbeRequest {
  readonly method: 'GET';
  readonly path: string;
}

/**
 * The requests that show whether a kubelet follows `rules`, one for each subresource of nodes that they allow to get.
 * `minor` is the kubelet's own version; which nodes the rules hold for (resourceNames) is not checked. Empty if no GET
 * shows it: rules of other verbs alone, or of subresources that so old a kubelet does not check. Kubelets cache answers by
 * subresource, not by path, so that any path will do: most probes end in a 404 or 405 after authorization.
 */
export function probesFor(rules: readonly PolicyRule[], minor: number): readonly ProbeRequest[] {
  const anyNode = rules.map(({ resourceNames: _, ...rule }) => rule);
  const probes = endpointList.flatMap((endpoint) => {
    const { probe } = endpoint;
    if (probe === undefined || !isServed(endpoint, minor)) return [];
    return [{ path: probe, checked: kubeletAttributes('GET', probe, minor).subresources }];
  });
  return nodeSubresources.flatMap((subresource): readonly ProbeRequest[] => {
    const wanted = { apiGroups: [''], resources: [`nodes/${subresource}`], verbs: ['get'] };
    if (!covers(anyNode, [wanted])) return [];
    const first = probes.filter(({ checked }) => checked[0] === subresource);
    // One that falls back to nodes/proxy may be allowed by that.
    const probe = first.find(({ checked }) => checked.length === 1) ?? first[0];
    return probe ? [{ method: 'GET', path: probe.path }] : [];
  });
}
