import { podsResource, statusesOf } from './pod-resources.ts';
import type { KubeletPod } from './pods.ts';

/**
 * Whether device plugins or administrators provide the resource, such as nvidia.com/gpu.
 * Source: https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/apis/core/v1/helper/helpers.go (IsExtendedResourceName)
 */
function isExtended(name: string): boolean {
  return name.includes('/') && !name.includes('kubernetes.io/') && !name.startsWith('requests.');
}

/**
 * Returns what pods request of each extended resource, such as `nvidia.com/gpu=1`, or `nvidia.com/gpu=3/8` if `amountOf` knows how many
 * pods may use. `names` are the resources of the node. Undefined if there are none.
 */
export function extendedResources(
  pods: readonly KubeletPod[],
  names: readonly string[] = [],
  amountOf: (name: string) => number | bigint | undefined = () => undefined,
): readonly string[] | undefined {
  const requested = pods.flatMap(({ spec: { containers = [], initContainers = [] } }) =>
    [...containers, ...initContainers].flatMap(({ resources }) =>
      Object.keys(resources?.requests ?? {}),
    ),
  );
  const extended = [...new Set([...names, ...requested])].filter(isExtended).sort();
  if (extended.length === 0) return undefined;
  return extended.map((name) => {
    const all = amountOf(name);
    return `${name}=${podsResource(pods, 'requests', name) ?? 0}${all === undefined ? '' : `/${all}`}`;
  });
}

/** Returns the devices of containers that are unhealthy, such as `nvidia.com/gpu GPU-1`; undefined if there are none. */
export function unhealthyDevices(pods: readonly KubeletPod[]): readonly string[] | undefined {
  const devices = pods.flatMap((pod) =>
    [...statusesOf(pod).values()].flatMap(({ allocatedResourcesStatus = [] }) =>
      allocatedResourcesStatus.flatMap(({ name, resources = [] }) =>
        resources.flatMap(({ resourceID, health }) =>
          health === 'Unhealthy' ? `${name} ${resourceID}` : [],
        ),
      ),
    ),
  );
  return devices.length === 0 ? undefined : [...new Set(devices)];
}
