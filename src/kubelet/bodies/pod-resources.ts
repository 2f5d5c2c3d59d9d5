import { type Count, larger, sum } from './exact.ts';
import type { Container, ContainerStatus, KubeletPod } from './pods.ts';
import { parseQuantity } from './quantity.ts';

type ResourceList = Readonly<Record<string, string | number>> | undefined;
type Kind = 'requests' | 'limits';

/**
 * Computes the request or limit of a pod as the scheduler does. Undefined if neither the pod nor a container sets it. While a container is
 * resized in place, uses the largest of the wanted, allocated and used amounts. Ignores the wanted amount if the node cannot provide it
 * (reason Infeasible).
 * Source: https://github.com/kubernetes/kubernetes/blob/v1.37.2/staging/src/k8s.io/component-helpers/resource/helpers.go
 */
export function podResource(pod: KubeletPod, kind: Kind, resource: string): Count | undefined {
  const { spec, status } = pod;
  const isInfeasible = status?.conditions?.some(
    ({ type, reason }) => type === 'PodResizePending' && reason === 'Infeasible',
  );
  const wanted = (container: Container) => amountIn(container.resources?.[kind], resource);
  const orWanted = (list: ResourceList, container: Container) =>
    list ? amountIn(list, resource) : isInfeasible ? undefined : wanted(container);
  const statuses = statusesOf(pod);
  const allocated = (container: Container) => {
    const { allocatedResources } = statuses.get(container.name) ?? {};
    return orWanted(kind === 'requests' ? allocatedResources : undefined, container);
  };
  const inUse = (container: Container) => {
    const { resources, allocatedResources } = statuses.get(container.name) ?? {};
    const fallback = kind === 'requests' ? allocatedResources : undefined;
    return orWanted(resources?.[kind] ?? fallback, container);
  };
  const ways = statuses.size === 0 ? [wanted] : [isInfeasible ? inUse : wanted, allocated, inUse];
  const together = ways.map((amountOf) => allContainers(pod, amountOf)).reduce(larger, undefined);
  const used = wholePod(pod, kind, resource, isInfeasible) ?? together;
  const overhead = amountIn(spec.overhead, resource);
  // If no container has a limit, the overhead is not a limit of the pod.
  return kind === 'limits' && !used ? used : sum(used, overhead);
}

/**
 * Returns the largest amount that containers use together. Init containers run before the other containers, one after another. Each
 * runs together with the sidecars that started before it.
 */
function allContainers(
  { spec }: KubeletPod,
  amountOf: (container: Container) => Count | undefined,
): Count | undefined {
  let together = (spec.containers ?? []).map(amountOf).reduce(sum, undefined);
  let sidecars: Count | undefined;
  let atStart: Count | undefined;
  for (const container of spec.initContainers ?? []) {
    if (isSidecar(container)) {
      together = sum(together, amountOf(container));
      sidecars = sum(sidecars, amountOf(container));
      atStart = larger(atStart, sidecars);
    } else atStart = larger(atStart, sum(amountOf(container), sidecars));
  }
  return larger(together, atStart);
}

function wholePod(
  { spec, status }: KubeletPod,
  kind: Kind,
  resource: string,
  isInfeasible: boolean | undefined,
): Count | undefined {
  if (!isOfPods.test(resource)) return undefined;
  const wanted = amountIn(spec.resources?.[kind], resource);
  if (wanted === undefined) return undefined;
  const allocated =
    kind === 'requests' ? amountIn(status?.allocatedResources, resource) : undefined;
  const inUse = amountIn(status?.resources?.[kind], resource);
  const current = larger(allocated, inUse);
  return isInfeasible ? (current ?? wanted) : larger(wanted, current);
}

/** Resources that can be requested for a pod as a whole, not only for its containers. */
const isOfPods = /^(?:cpu|memory|hugepages-.*)$/;

export function statusesOf({
  status,
}: KubeletPod): ReadonlyMap<string | undefined, ContainerStatus> {
  const {
    containerStatuses = [],
    initContainerStatuses = [],
    ephemeralContainerStatuses = [],
  } = status ?? {};
  const all = [...ephemeralContainerStatuses, ...containerStatuses, ...initContainerStatuses];
  return new Map(all.map((each) => [each.name, each]));
}

export function containerResources(
  pod: KubeletPod,
): (container: Container, kind: Kind, resource: string) => Count | undefined {
  const statuses = statusesOf(pod);
  return (container, kind, resource) => {
    const inUse = statuses.get(container.name)?.resources?.[kind];
    return amountIn(inUse ?? container.resources?.[kind], resource);
  };
}

/**
 * Returns a function that adds the requests or limits of containers that run as long as the pod; usage is compared to the sum. Init
 * containers are not counted, because they have ended. A limit exists only if the pod itself or every container has a limit.
 */
export function runningResources(
  pod: KubeletPod,
): (kind: Kind, resource: string) => Count | undefined {
  const { spec, status } = pod;
  const ofContainer = containerResources(pod);
  const running = [...(spec.containers ?? []), ...(spec.initContainers ?? []).filter(isSidecar)];
  return (kind, resource) => {
    const wanted = amountIn(spec.resources?.[kind], resource);
    const own = wanted && (amountIn(status?.resources?.[kind], resource) ?? wanted);
    const amounts = running.map((container) => ofContainer(container, kind, resource));
    const isWhole = kind === 'requests' || amounts.every(Boolean);
    const together = own ?? (isWhole ? amounts.reduce(sum, undefined) : undefined);
    return together ? sum(together, amountIn(spec.overhead, resource)) : undefined;
  };
}

export function isSidecar({ restartPolicy }: Container): boolean {
  return restartPolicy === 'Always';
}

/** Returns the amount of a resource in a list of requests or limits. CPU is in thousandths of a core, as in the scheduler. */
export function amountIn(list: ResourceList, resource: string): Count | undefined {
  const quantity = list?.[resource];
  return quantity === undefined
    ? undefined
    : parseQuantity(String(quantity), resource === 'cpu' ? 3 : 0);
}

export function coresOf(thousandths: Count | undefined): number | undefined {
  return thousandths === undefined ? undefined : Number(thousandths) / 1000;
}
