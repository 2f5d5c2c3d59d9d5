import { orFailure } from '../../../errors.ts';
import { type Kubelet, longestErrorBody } from '../../../kube/kubelet-client/client.ts';
import { readCertificateMetrics } from '../../../kube/kubelet-client/read-certificate-metrics.ts';
import type { NodeFacts } from '../facts.ts';
import { isFailed } from '../probe.ts';
import { openStraight, openVia } from './open-kubelet.ts';
import type { Sources } from './sources.ts';

/**
 * Whether kube-apiserver shows kubelets a client certificate that has expired: a kubelet that refuses its login counts one more after a
 * request of it. Only asked of a kubelet that lets the caller read /metrics; false where that is unknown.
 */
export async function isClientExpired(
  sources: Sources,
  probed: readonly NodeFacts[],
): Promise<boolean> {
  const refusing = probed.find(
    ({ direct, viaApiServer: via }) =>
      direct.result === 'ok' &&
      isFailed(via) &&
      via.by === 'kubelet' &&
      via.cause === 'no credential accepted',
  );
  if (!refusing || sources.signal.aborted) return false;
  const expiredShown = async () => {
    const metrics = await using(openStraight(sources, refusing), readCertificateMetrics);
    return metrics?.expiredShown;
  };
  const before = await expiredShown();
  if (before === undefined) return false;
  await using(openVia(sources, refusing), async (kubelet) =>
    kubelet.read(await kubelet.send({ method: 'GET', path: '/healthz' }), longestErrorBody),
  );
  const after = await expiredShown();
  return after !== undefined && after > before;
}

/** Undefined for what fails: a report has more to say than this. */
async function using<T>(
  kubelet: Kubelet | undefined,
  read: (kubelet: Kubelet) => Promise<T>,
): Promise<T | undefined> {
  if (!kubelet) return undefined;
  try {
    const result = await orFailure(read(kubelet));
    return result instanceof Error ? undefined : result;
  } finally {
    kubelet.close();
  }
}
