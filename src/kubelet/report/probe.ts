import type { FailedProbe, Probe } from './facts.ts';

export function isFailed(probe: Probe): probe is FailedProbe {
  return probe.result === 'failed';
}

/** Whether it was for a lack of rights, and who said so. */
export function isRefused(probe: Probe, by: FailedProbe['by']): probe is FailedProbe {
  return isFailed(probe) && probe.by === by && probe.cause === 'forbidden';
}
