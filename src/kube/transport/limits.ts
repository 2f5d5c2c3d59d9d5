import { longestMs } from '../../text/duration.ts';

export interface Limits {
  /** For name resolution, connection and TLS handshake together. */
  readonly connectMs: number;
  /** From there to the first byte of the response; for text, again from there to its end. */
  readonly responseMs: number;
  /** By `performance.now()`: when the response must begin at the latest. Shortens both limits. */
  readonly respondBy?: number | undefined;
  /** By `performance.now()`: when its body must end at the latest, whoever reads it. Shortens both limits. */
  readonly deadline?: number | undefined;
  /** In ms, what the deadline was made of, for messages. */
  readonly totalMs?: number | undefined;
}

/** What a user sets, in ms. */
interface LimitOptions {
  /** For a response to begin. */
  readonly timeoutMs: number;
  /** For all of it. */
  readonly maxTimeMs?: number | undefined;
}

export const defaultLimits: Limits = { connectMs: 10_000, responseMs: 60_000 };

/** From now on. */
export function limitsFrom({ timeoutMs, maxTimeMs }: LimitOptions): Limits {
  const totalMs = maxTimeMs && Math.min(maxTimeMs, longestMs);
  const responseMs = Math.min(timeoutMs, totalMs ?? longestMs);
  return {
    responseMs,
    connectMs: Math.min(defaultLimits.connectMs, responseMs),
    ...(totalMs !== undefined && { deadline: performance.now() + totalMs, totalMs }),
  };
}

/** How many ms are left until a moment by `performance.now()`. */
export function msUntil(moment: number | undefined): number {
  return moment === undefined ? Number.POSITIVE_INFINITY : Math.max(0, moment - performance.now());
}
