import type { Failure } from '../../../errors.ts';
import type { Kubelet } from '../../../kube/kubelet-client/client.ts';
import { causeOfFailure, KubeletFailure } from '../../../kube/kubelet-client/kubelet-failure.ts';
import { TransportError } from '../../../kube/transport/error.ts';
import type { KubeletTarget } from './find-targets.ts';
import { UnusableBody } from './gather-body.ts';
import type { CalledKubelet, Failed } from './outcome.ts';

/** Which kubelet a result is of. `kubelet` is undefined if it was never opened. */
export function placeOf(
  { name, node }: KubeletTarget,
  kubelet: Kubelet | undefined,
): Omit<CalledKubelet, 'ms'> {
  const via = kubelet?.via ?? 'direct';
  return {
    name,
    node: node?.metadata.name,
    address: via === 'direct' ? (kubelet?.where.address ?? (node ? undefined : name)) : undefined,
    via,
  };
}

/** `status` is that of an answer whose body failed. */
export function failedAt(place: CalledKubelet, failure: Failure, status?: number): Failed {
  const cause = failure instanceof UnusableBody ? failure.why : causeOfFailure(failure);
  const timedOut = failure.cause instanceof TransportError && failure.cause.code === 'timeout';
  const ofAnswer = failure instanceof KubeletFailure ? failure.status : undefined;
  return { ...place, status: status ?? ofAnswer, cause, timedOut, failure };
}
