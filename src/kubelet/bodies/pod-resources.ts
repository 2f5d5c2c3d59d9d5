import { type Column, wideSum } from '../../text/column.ts';
import { type Count, larger, sum } from './exact.ts';
import type { Container, KubeletPod } from './pods.ts';
import { parseQuantity } from './quantity.ts';

type Kind = 'requests' | 'limits';

/**
 * What a pod requests, or may use, of a resource, as the scheduler and the kubelet compute it; undefined if neither the pod nor a
 * container says. Init containers run one after the other before the others, beside the sidecars that started before them.
 * Source: https://github.com/kubernetes/kubernetes/blob/v1.37.2/staging/src/k8s.io/component-helpers/resource/helpers.go
 */
export function podResource({ spec }: KubeletPod, kind: Kind, resource: string): Count | undefined {
  const amount = (container: Container) => amountIn(container.resources?.[kind], resource);
  let together = (spec.containers ?? []).map(amount).reduce(sum, undefined);
  let sidecars: Count | undefined;
  let atStart: Count | undefined;
  for (const container of spec.initContainers ?? []) {
    if (isSidecar(container)) {
      together = sum(together, amount(container));
      sidecars = sum(sidecars, amount(container));
      atStart = larger(atStart, sidecars);
    } else atStart = larger(atStart, sum(amount(container), sidecars));
  }
  const whole = isOfPods.test(resource) ? amountIn(spec.resources?.[kind], resource) : undefined;
  const used = whole ?? larger(together, atStart);
  const overhead = amountIn(spec.overhead, resource);
  // A limit is not made by an overhead alone.
  return kind === 'limits' && !used ? used : sum(used, overhead);
}

/** Resources that a pod as a whole may request, in place of its containers. */
const isOfPods = /^(?:cpu|memory|hugepages-.*)$/;

/** Whether an init container runs as long as the pod. */
export function isSidecar({ restartPolicy }: Container): boolean {
  return restartPolicy === 'Always';
}

/** CPU is in thousandths of a core, as the scheduler counts it. */
export function amountIn(
  list: Readonly<Record<string, string | number>> | undefined,
  resource: string,
): Count | undefined {
  const quantity = list?.[resource];
  return quantity === undefined
    ? undefined
    : parseQuantity(String(quantity), resource === 'cpu' ? 3 : 0);
}

/** Requests and limits of a pod on the node's disk. */
export interface EphemeralRow {
  readonly ephemeralRequestedBytes: Count | undefined;
  readonly ephemeralLimitBytes: Count | undefined;
}

export const ephemeralColumns: readonly Column<EphemeralRow>[] = [
  wideSum('DISK REQUESTED', 'ephemeralRequestedBytes', 'bytes', {
    name: 'pod_ephemeral_storage_requested_bytes',
    help: 'Ephemeral storage that the pod requests.',
  }),
  wideSum('DISK LIMIT', 'ephemeralLimitBytes', 'bytes', {
    name: 'pod_ephemeral_storage_limit_bytes',
    help: 'Ephemeral storage above which the pod is evicted.',
  }),
];
