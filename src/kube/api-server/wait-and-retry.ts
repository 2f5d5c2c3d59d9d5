import type { Limits } from '../transport/limits.ts';
import type { HttpResponse } from '../transport/transport.ts';
import { retryAfterMs, type Tried, tryAgain } from '../try-again.ts';

/** As in client-go, which also retries every method: rest/with_retry.go. */
const mostRetries = 10;

/** A wait before a request is sent again. */
export interface Wait {
  readonly ms: number;
  /** From 1 on. */
  readonly attempt: number;
}

/**
 * Sends a request again as long as the answer is a 429 or 5xx that says when to. All attempts together take no longer than the
 * limits of one; an answer that says to wait longer is returned.
 */
export async function sendAndRetry(
  send: (limits: Limits) => Promise<HttpResponse>,
  limits: Limits,
  signal: AbortSignal,
  waits: (wait: Wait) => void,
): Promise<HttpResponse> {
  const start = performance.now();
  const answerBy = Math.min(limits.deadline ?? Number.POSITIVE_INFINITY, start + limits.answerMs);
  const waitAfter = ({ value: answer }: Tried<HttpResponse>, attempt: number) => {
    const ms = answer && attempt <= mostRetries ? retryAfterMs(answer, Date.now()) : undefined;
    if (ms === undefined || performance.now() + ms >= answerBy) return undefined;
    answer?.body.destroy();
    waits({ ms, attempt });
    return ms;
  };
  const attempt = (count: number) => send(count === 1 ? limits : { ...limits, answerBy });
  return tryAgain(attempt, waitAfter, signal);
}
