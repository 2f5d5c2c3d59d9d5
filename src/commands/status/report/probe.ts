import type { FailedProbe, Probe } from '../facts.ts';

export function isFailed(probe: Probe): probe is FailedProbe {
  return probe.result === 'failed';
}

/** Whether a kubelet itself has said yes or no to whom it knows. */
export function hasAnswered(probe: Probe): boolean {
  return probe.result === 'ok' || isRefused(probe, 'kubelet');
}

/** Whether it was for a lack of rights, and who said so. */
export function isRefused(probe: Probe, by: FailedProbe['by']): probe is FailedProbe {
  return isFailed(probe) && probe.by === by && probe.cause === 'forbidden';
}
