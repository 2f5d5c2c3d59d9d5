import { defaultLimits, type Limits } from '../../src/kube/transport/limits.ts';

/** In ms: only a hang reaches these limits, even on a busy machine. Limits of processes and waits are below the limit of a test. */
export const hangLimits = { test: 600_000, process: 500_000, wait: 400_000 };

/** Limits for requests whose duration is not tested. */
export const patientLimits: Limits = {
  ...defaultLimits,
  connectMs: hangLimits.wait,
  responseMs: hangLimits.wait,
};
