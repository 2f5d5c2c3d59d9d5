/** In ms: so long that only what hangs meets them, however busy the machine is. What a test starts ends before it. */
export const hangLimits = { test: 600_000, process: 500_000, wait: 400_000 };
