import { type Count, larger, shortest, sum } from './exact.ts';
import type { Container, ContainerStatus, KubeletPod } from './pods.ts';
import { parseQuantity } from './quantity.ts';

type ResourceList = Readonly<Record<string, string | number>> | undefined;
type Kind = 'requests' | 'limits';

/** Returns the request or limit of a container, as `podResource` counts it. CPU is in thousandths of a core. */
export type ResourceOf = (container: Container, kind: Kind, resource: string) => Count | undefined;

/**
 * Computes the request or limit of a pod as the scheduler does. Undefined if neither the pod nor a container sets it. While a container is
 * resized in place, uses the largest of the wanted, allocated and used amounts. Ignores the wanted amount if the node cannot provide it
 * (reason Infeasible).
 * Source: https://github.com/kubernetes/kubernetes/blob/v1.37.2/staging/src/k8s.io/component-helpers/resource/helpers.go
 */
export function podResource(pod: KubeletPod, kind: Kind, resource: string): Count | undefined {
  return podsResource([pod], kind, resource);
}

/** Returns the sum over pods. It is rounded once, so that two requests for 1500m bytes are 3 bytes. */
export function podsResource(
  pods: readonly KubeletPod[],
  kind: Kind,
  resource: string,
): Count | undefined {
  const amounts = pods.map((pod) => podThousandths(pod, kind, resource));
  return wholeUnits(amounts.reduce(sum, undefined), resource);
}

function podThousandths(pod: KubeletPod, kind: Kind, resource: string): Count | undefined {
  const ways = waysToCount(pod, kind, resource);
  const together = ways.map((amountOf) => allContainers(pod, amountOf)).reduce(larger, undefined);
  const used = wholePod(pod, kind, resource) ?? together;
  const overhead = thousandthsIn(pod.spec.overhead, resource);
  // If no container has a limit, the overhead is not a limit of the pod.
  return kind === 'limits' && !used ? used : sum(used, overhead);
}

export function containerResources(pod: KubeletPod): ResourceOf {
  return (container, kind, resource) => {
    const amounts = waysToCount(pod, kind, resource).map((amountOf) => amountOf(container));
    return wholeUnits(amounts.reduce(larger, undefined), resource);
  };
}

type AmountOfContainer = (container: Container) => Count | undefined;

/** Returns the wanted, allocated and used amounts of containers. */
function waysToCount(pod: KubeletPod, kind: Kind, resource: string): readonly AmountOfContainer[] {
  const isNever = isInfeasible(pod);
  const wanted = (container: Container) => thousandthsIn(container.resources?.[kind], resource);
  const orWanted = (list: ResourceList, container: Container) =>
    list ? thousandthsIn(list, resource) : isNever ? undefined : wanted(container);
  const statuses = statusesOf(pod);
  if (statuses.size === 0) return [wanted];
  const allocated = (container: Container) => {
    const { allocatedResources } = statuses.get(container.name) ?? {};
    return orWanted(kind === 'requests' ? allocatedResources : undefined, container);
  };
  const inUse = (container: Container) => {
    const { resources, allocatedResources } = statuses.get(container.name) ?? {};
    const fallback = kind === 'requests' ? allocatedResources : undefined;
    return orWanted(resources?.[kind] ?? fallback, container);
  };
  return [isNever ? inUse : wanted, allocated, inUse];
}

/** Whether a resize is wanted that the node can never do. */
function isInfeasible({ status }: KubeletPod): boolean {
  return (status?.conditions ?? []).some(
    ({ type, reason }) => type === 'PodResizePending' && reason === 'Infeasible',
  );
}

/**
 * Returns the largest amount that containers use together. Init containers run before the other containers, one after another. Each
 * runs together with the sidecars that started before it.
 */
function allContainers({ spec }: KubeletPod, amountOf: AmountOfContainer): Count | undefined {
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

function wholePod(pod: KubeletPod, kind: Kind, resource: string): Count | undefined {
  const { spec, status } = pod;
  if (!isOfPods.test(resource)) return undefined;
  const wanted = thousandthsIn(spec.resources?.[kind], resource);
  if (wanted === undefined) return undefined;
  const allocated =
    kind === 'requests' ? thousandthsIn(status?.allocatedResources, resource) : undefined;
  const inUse = thousandthsIn(status?.resources?.[kind], resource);
  const current = larger(allocated, inUse);
  return isInfeasible(pod) ? (current ?? wanted) : larger(wanted, current);
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

/** Returns a function for the request or limit in force of a container, to which its usage is compared. */
export function containerResourcesInForce(pod: KubeletPod): ResourceOf {
  const inForce = thousandthsInForce(pod);
  return (container, kind, resource) => wholeUnits(inForce(container, kind, resource), resource);
}

function thousandthsInForce(pod: KubeletPod): ResourceOf {
  const statuses = statusesOf(pod);
  return (container, kind, resource) => {
    const inUse = statuses.get(container.name)?.resources?.[kind];
    return thousandthsIn(inUse ?? container.resources?.[kind], resource);
  };
}

/**
 * Returns a function that adds the requests or limits in force of the containers that run now, to which usage is compared: init containers
 * only until they have ended, and other containers only then. A limit exists only if the pod itself or every running container has a limit.
 */
export function runningResources(
  pod: KubeletPod,
): (kind: Kind, resource: string) => Count | undefined {
  const { spec, status } = pod;
  const ofContainer = thousandthsInForce(pod);
  const running = runningContainers(pod);
  return (kind, resource) => {
    const wanted = thousandthsIn(spec.resources?.[kind], resource);
    const own = wanted && (thousandthsIn(status?.resources?.[kind], resource) ?? wanted);
    const amounts = running.map((container) => ofContainer(container, kind, resource));
    const isWhole = kind === 'requests' || amounts.every(Boolean);
    const together = own ?? (isWhole ? amounts.reduce(sum, undefined) : undefined);
    const overhead = thousandthsIn(spec.overhead, resource);
    // If no container has a limit, the overhead is not a limit of the pod.
    const all = kind === 'limits' && !together ? undefined : sum(together, overhead);
    return wholeUnits(all, resource);
  };
}

function runningContainers(pod: KubeletPod): readonly Container[] {
  const { containers = [], initContainers = [] } = pod.spec;
  const statuses = statusesOf(pod);
  const isInitialized = pod.status?.conditions?.some(
    ({ type, status }) => type === 'Initialized' && status === 'True',
  );
  const current = initContainers.findIndex((container) => {
    const { state } = statuses.get(container.name) ?? {};
    return state && !isSidecar(container) && state.terminated?.exitCode !== 0;
  });
  if (isInitialized || current === -1) return [...containers, ...initContainers.filter(isSidecar)];
  return initContainers.filter(
    (container, index) => index === current || (index < current && isSidecar(container)),
  );
}

export function isSidecar({ restartPolicy }: Container): boolean {
  return restartPolicy === 'Always';
}

/** Returns the amount of a resource in a list of requests or limits. CPU is in thousandths of a core, as in the scheduler. */
export function amountIn(list: ResourceList, resource: string): Count | undefined {
  return wholeUnits(thousandthsIn(list, resource), resource);
}

function thousandthsIn(list: ResourceList, resource: string): Count | undefined {
  const quantity = list?.[resource];
  return quantity === undefined ? undefined : parseQuantity(String(quantity), 3);
}

/** Turns thousandths into whole units, rounded up. CPU stays in thousandths. */
function wholeUnits(thousandths: Count | undefined, resource: string): Count | undefined {
  if (thousandths === undefined || resource === 'cpu') return thousandths;
  return shortest((BigInt(thousandths) + 999n) / 1000n);
}

export function coresOf(thousandths: Count | undefined): number | undefined {
  return thousandths === undefined ? undefined : Number(thousandths) / 1000;
}
