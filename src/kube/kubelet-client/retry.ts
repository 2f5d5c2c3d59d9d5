import { Failure } from '../../errors.ts';
import { causeOfTransport, certificateCauses } from '../../kubelet/causes/causes.ts';
import { TransportError } from '../transport/error.ts';
import type { Limits } from '../transport/limits.ts';
import type { Wait } from '../transport/request-log.ts';
import type { HttpResponse } from '../transport/transport.ts';
import { retryAfterMs, type Tried, tryAgain } from '../try-again.ts';

export interface Retries {
  readonly times: number;
  /** A wait before a retry takes at most `responseMs` and ends before `deadline`. */
  readonly limits: Pick<Limits, 'responseMs' | 'deadline'>;
  readonly signal: AbortSignal;
  readonly waits?: (wait: RetryWait) => void;
  /** Called if there is no retry because the wait exceeds these limits. `isAsked`: the response has asked for this wait. */
  readonly ends?: (wait: Pick<RetryWait, 'ms' | 'reason'> & { readonly isAsked: boolean }) => void;
}

export interface RetryWait extends Wait {
  /** Reason for the retry: `503 Service Unavailable`, or the message of a failure. */
  readonly reason: string;
}

/** Statuses that curl treats as transient. Source: curl 8 src/tool_operate.c. */
const transientStatuses: readonly number[] = [408, 429, 500, 502, 503, 504];

/** Wait before the first retry in ms. As in curl, it doubles with each further retry up to a limit, which is the limit of a response. */
const firstWaitMs = 1000;

/**
 * Calls `attempt`, which sends a request and may read its response, and calls it again after a connection failure or a transient status.
 * Returns the last result or throws the last failure.
 *
 * @param responseOf returns the response of a result; its unread body is discarded before the next attempt
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
    const ms = afterMs ?? Math.min(firstWaitMs * 2 ** (count - 1), limits.responseMs);
    const left = limits.deadline - performance.now();
    if (ms > limits.responseMs || ms >= left) {
      ends?.({ ms, reason, isAsked: afterMs !== undefined });
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

interface Transient {
  /** The server's Retry-After in ms; undefined if it sent none. */
  readonly afterMs?: number | undefined;
  readonly reason: string;
}

function transientResponse(response: RetriedResponse): Transient | undefined {
  if (!transientStatuses.includes(response.status)) return undefined;
  const reason = `${response.status} ${response.statusText}`.trim();
  return { afterMs: retryAfterMs(response, Date.now()), reason };
}

/** Returns a connection failure if a retry may help. It never helps if the certificate is not trusted. */
function transientFailure(error: unknown): Transient | undefined {
  if (!(error instanceof Failure) || !(error.cause instanceof TransportError)) return undefined;
  const isFinal = certificateCauses.includes(causeOfTransport(error.cause));
  return isFinal ? undefined : { reason: error.message };
}
