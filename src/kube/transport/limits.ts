import { longestMs } from '../../text/duration.ts';

export interface Limits {
  /** For name resolution and connection, without the TLS handshake; undefined for `connectMs`. */
  readonly dialMs?: number;
  /** For name resolution, connection and TLS handshake together. */
  readonly connectMs: number;
  /** From there to the first byte of the response; for text, again from there to its end. */
  readonly responseMs: number;
  /** By `performance.now()`, or infinity: when the response must have come at the latest. Shortens all limits. */
  readonly deadline: number;
  /** Whether the deadline covers only the head of the response: the reader of the body has its own limit. */
  readonly isBodyFree?: true;
  /** In ms, what the deadline was made of, for messages. */
  readonly totalMs?: number | undefined;
}

/** Limits that a user sets, in ms. */
interface LimitOptions {
  /** For a response to begin. */
  readonly timeoutMs: number;
  /** For all of it. */
  readonly maxTimeMs?: number | undefined;
}

export const noDeadline: number = Number.POSITIVE_INFINITY;

export const defaultLimits: Limits = {
  connectMs: 10_000,
  responseMs: 60_000,
  deadline: noDeadline,
};

/** From now on. */
export function limitsFrom({ timeoutMs, maxTimeMs }: LimitOptions): Limits {
  const totalMs = maxTimeMs && Math.min(maxTimeMs, longestMs);
  const responseMs = Math.min(timeoutMs, totalMs ?? longestMs);
  return {
    responseMs,
    connectMs: Math.min(defaultLimits.connectMs, responseMs),
    deadline: totalMs === undefined ? noDeadline : performance.now() + totalMs,
    totalMs,
  };
}

/** How many ms are left until a moment by `performance.now()`. */
export function msUntil(moment: number): number {
  return Math.max(0, moment - performance.now());
}

/** By `performance.now()`, or infinity: when the body of a response must end. */
export function bodyDeadline({ deadline, isBodyFree }: Limits): number {
  return isBodyFree ? noDeadline : deadline;
}
