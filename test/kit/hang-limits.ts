import { defaultLimits, type Limits } from '../../src/kube/transport/limits.ts';

/** Time limits in ms that only a hang reaches. Processes and waits end before their test. */
export const hangLimits = { test: 600_000, process: 500_000, wait: 400_000 };

export const patientLimits: Limits = {
  ...defaultLimits,
  connectMs: hangLimits.wait,
  responseMs: hangLimits.wait,
};
