import type { PolicyRule } from '../objects.ts';
import { covers } from '../rbac/rules.ts';
import { kubeletAttributes } from './authorization.ts';
import { endpointList, isServed, nodeSubresources } from './endpoints.ts';

export interface ProbeRequest {
  readonly method: 'GET';
  readonly path: string;
}

/**
 * Returns GET requests that show whether a kubelet applies `rules`: one for each subresource of nodes on which the rules allow get.
 * Empty if the rules allow only other verbs, or subresources that a kubelet of this version does not check. Ignores resourceNames
 * of the rules. `minor` is the kubelet's own version. Any path of a subresource will do, because kubelets cache decisions by
 * subresource. Most probes end in a 404 or 405 after authorization.
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
    // Prefers a path without a fallback to nodes/proxy, because permission for nodes/proxy could allow a request with fallback.
    const probe = first.find(({ checked }) => checked.length === 1) ?? first[0];
    return probe ? [{ method: 'GET', path: probe.path }] : [];
  });
}
