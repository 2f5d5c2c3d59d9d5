import type { FailedProbe, Probe } from './facts.ts';

export function notAsked(why: string): Probe {
  return { result: 'not asked', why };
}

export function isFailed(probe: Probe): probe is FailedProbe {
  return probe.result === 'failed';
}

/** Whether the kubelet itself allowed or denied it to a caller that it knows. */
export function hasAnswered(probe: Probe): boolean {
  return probe.result === 'ok' || isDenied(probe, 'kubelet');
}

/** Whether `by` denied it for a missing permission. */
export function isDenied(probe: Probe, by: FailedProbe['by']): probe is FailedProbe {
  return isFailed(probe) && probe.by === by && probe.cause === 'forbidden';
}
