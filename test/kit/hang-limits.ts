import { defaultLimits, type Limits } from '../../src/kube/transport/limits.ts';

/** In ms: so long that only a hang reaches them, however busy the machine is. Processes and waits of a test end before it. */
export const hangLimits = { test: 600_000, process: 500_000, wait: 400_000 };

/** Limits for requests whose duration is not tested. */
export const patientLimits: Limits = {
  ...defaultLimits,
  connectMs: hangLimits.wait,
  responseMs: hangLimits.wait,
};
