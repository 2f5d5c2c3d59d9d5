import { defaultLimits, type Limits } from '../../src/kube/transport/limits.ts';

/** In ms: so long that only what hangs meets them, however busy the machine is. What a test starts ends before it. */
export const hangLimits = { test: 600_000, process: 500_000, wait: 400_000 };

/** Of requests whose time is not what is tested. */
export const patientLimits: Limits = {
  ...defaultLimits,
  connectMs: hangLimits.wait,
  responseMs: hangLimits.wait,
};
