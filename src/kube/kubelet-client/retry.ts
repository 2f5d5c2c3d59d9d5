import { Failure } from '../../errors.ts';
import { causeOfTransport, certificateCauses } from '../../kubelet/causes/causes.ts';
import { TransportError } from '../transport/error.ts';
import type { Limits } from '../transport/limits.ts';
import type { Wait } from '../transport/request-log.ts';
import type { HttpResponse } from '../transport/transport.ts';
import { retryAfterMs, type Tried, tryAgain } from '../try-again.ts';

/** How often a request is sent again, and for how long. */
export interface Retries {
  readonly times: number;
  /** No wait is longer than that for a response, and none ends after the deadline. */
  readonly limits: Pick<Limits, 'responseMs' | 'deadline'>;
  readonly signal: AbortSignal;
  readonly waits?: (wait: RetryWait) => void;
  /** Called for a response that says to wait longer than that, and is the last. */
  readonly ends?: (wait: Pick<RetryWait, 'ms' | 'reason'>) => void;
}

export interface RetryWait extends Wait {
  /** Why it is sent again: `503 Service Unavailable`, or the first sentence of a failure. */
  readonly reason: string;
}

/** The statuses that curl takes for transient. Source: curl 8 src/tool_operate.c. */
const transientStatuses: readonly number[] = [408, 429, 500, 502, 503, 504];

/** In ms; doubled for each attempt, as curl does. */
const firstWaitMs = 1000;

/**
 * Sends a request, and possibly reads its response, again while it fails on the way or has a transient status. The last response or
 * failure goes to the caller. `responseOf` returns the response of a result: its rest is dropped before the next attempt.
 */
export function withRetries<T extends object>(
  attempt: () => Promise<T>,
  responseOf: (result: T) => RetriedResponse,
  { times, limits, signal, waits, ends }: Retries,
): Promise<T> {
  const waitAfter = ({ value, error }: Tried<T>, count: number) => {
    const response = value && responseOf(value);
    const transient = response ? transientResponse(response) : transientFailure(error);
    if (!transient || count > times) return undefined;
    const { afterMs, reason } = transient;
    const ms = afterMs ?? firstWaitMs * 2 ** (count - 1);
    const left = limits.deadline - performance.now();
    if (ms > limits.responseMs || ms >= left) {
      if (afterMs !== undefined) ends?.({ ms, reason });
      return undefined;
    }
    response?.body?.destroy();
    waits?.({ ms, attempt: count, reason });
    return ms;
  };
  return tryAgain(attempt, waitAfter, signal);
}

type RetriedResponse = Pick<HttpResponse, 'status' | 'statusText' | 'headers'> &
  Partial<HttpResponse>;

/** A failure that may pass. */
interface Transient {
  /** The server's own delay, in ms. */
  readonly afterMs?: number | undefined;
  readonly reason: string;
}

function transientResponse(response: RetriedResponse): Transient | undefined {
  if (!transientStatuses.includes(response.status)) return undefined;
  const reason = `${response.status} ${response.statusText}`.trim();
  return { afterMs: retryAfterMs(response, Date.now()), reason };
}

/** A certificate that is not trusted will not be in a second, either. */
function transientFailure(error: unknown): Transient | undefined {
  if (!(error instanceof Failure) || !(error.cause instanceof TransportError)) return undefined;
  const isFinal = certificateCauses.includes(causeOfTransport(error.cause));
  return isFinal ? undefined : { reason: error.message };
}
