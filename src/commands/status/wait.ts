import { Failure, orFailure, UsageFailure } from '../../errors.ts';
import { paused } from '../../kube/within.ts';
import type { Report } from './report.ts';

/** Pause in ms between two checks. */
const pauseMs = 2_000;

/**
 * Repeats the check until its verdict is ok. No check begins later than after `timeoutMs`. Returns the last report. A failed check does
 * not end the wait; throws if the last check failed.
 */
export async function waitUntilOk(
  check: () => Promise<Report>,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<Report> {
  const end = performance.now() + timeoutMs;
  for (;;) {
    const checked = await orFailure(check());
    const isLast =
      checked instanceof Failure ? checked instanceof UsageFailure : checked.verdict === 'ok';
    if (isLast || performance.now() + pauseMs > end || !(await paused(pauseMs, signal))) {
      if (checked instanceof Failure) throw checked;
      return checked;
    }
  }
}
