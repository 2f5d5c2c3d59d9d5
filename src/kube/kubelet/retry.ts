import { Failure, Interrupted } from '../../errors.ts';
import { causeOfTransport, certificateCauses } from '../../kubelet/causes/causes.ts';
import { retryAfterMs } from '../api-server/wait-and-retry.ts';
import { paused } from '../pause.ts';
import { TransportError } from '../transport/error.ts';
import type { Limits } from '../transport/limits.ts';
import type { Answer } from '../transport/transport.ts';

/** How often a request is sent again, and for how long. */
export interface Retries {
  readonly times: number;
  /** No wait is longer than that for an answer, and none ends after the deadline. */
  readonly limits: Pick<Limits, 'answerMs' | 'deadline'>;
  readonly signal: AbortSignal;
  readonly waits?: (wait: RetryWait) => void;
  /** Called for an answer that says to wait longer than that, and is the last. */
  readonly ends?: (wait: Pick<RetryWait, 'ms' | 'reason'>) => void;
}

/** A wait before a request is sent again. */
export interface RetryWait {
  readonly ms: number;
  /** From 1 on. */
  readonly attempt: number;
  /** What happened: `503 Service Unavailable`, or the first sentence of a failure. */
  readonly reason: string;
}

/** The statuses that curl takes for transient. Source: curl 8 src/tool_operate.c. */
const transientStatuses: readonly number[] = [408, 429, 500, 502, 503, 504];

/** In ms; doubled for each attempt, as curl does. */
const firstWaitMs = 1000;

/**
 * Sends a request, and possibly reads its answer, again while it fails on the way or has a transient status. The last answer or
 * failure is that of the caller. `answerOf` is the answer of a result: what is left of it is dropped before the next attempt.
 */
export async function withRetries<T>(
  attempt: () => Promise<T>,
  answerOf: (result: T) => Pick<Answer, 'status' | 'statusText' | 'headers'> & Partial<Answer>,
  { times, limits, signal, waits, ends }: Retries,
): Promise<T> {
  for (let count = 1; ; count += 1) {
    const outcome = await outcomeOf(attempt, answerOf);
    if (!outcome.transient || count > times) return outcome.settle();
    const { afterMs, reason } = outcome.transient;
    const ms = afterMs ?? firstWaitMs * 2 ** (count - 1);
    const left = (limits.deadline ?? Number.POSITIVE_INFINITY) - performance.now();
    if (ms > limits.answerMs || ms >= left) {
      if (afterMs !== undefined) ends?.({ ms, reason });
      return outcome.settle();
    }
    outcome.drop();
    waits?.({ ms, attempt: count, reason });
    if (!(await paused(ms, signal))) throw new Interrupted();
  }
}

interface Outcome<T> {
  /** Undefined for one that is final. */
  readonly transient:
    | { readonly afterMs?: number | undefined; readonly reason: string }
    | undefined;
  /** Returns the result, or throws the failure. */
  settle(): T;
  drop(): void;
}

async function outcomeOf<T>(
  attempt: () => Promise<T>,
  answerOf: (result: T) => Pick<Answer, 'status' | 'statusText' | 'headers'> & Partial<Answer>,
): Promise<Outcome<T>> {
  try {
    const result = await attempt();
    const answer = answerOf(result);
    const reason = `${answer.status} ${answer.statusText}`.trim();
    return {
      transient: transientStatuses.includes(answer.status)
        ? { afterMs: retryAfterMs(answer, Date.now()), reason }
        : undefined,
      settle: () => result,
      drop: () => answer.body?.destroy(),
    };
  } catch (error) {
    return {
      transient: isTransient(error) ? { reason: (error as Failure).message } : undefined,
      settle: () => {
        throw error;
      },
      drop: () => {},
    };
  }
}

/** A certificate that is not trusted will not be in a second, either. */
function isTransient(error: unknown): boolean {
  if (!(error instanceof Failure) || !(error.cause instanceof TransportError)) return false;
  return !certificateCauses.includes(causeOfTransport(error.cause));
}
