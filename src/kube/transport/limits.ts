import type { TimeLimits } from '../../kubelet/causes/cause-entry.ts';
import { longestMs } from '../../text/duration.ts';

export interface Limits extends TimeLimits {
  /** Time of `performance.now()` at which the request must have ended, or infinity. It shortens all other limits. */
  readonly deadline: number;
  /** Whether the deadline applies only to the head of the response, because the reader of the body has its own limit. */
  readonly isBodyFree?: true;
}

export const noDeadline: number = Number.POSITIVE_INFINITY;

export const defaultLimits: Limits = {
  connectMs: 10_000,
  responseMs: 60_000,
  deadline: noDeadline,
};

/** Returns limits without a deadline. Each response must begin within `timeoutMs`; its body may take any time. */
export function limitsFrom(timeoutMs: number): Limits {
  const responseMs = Math.min(timeoutMs, longestMs);
  return { ...defaultLimits, connectMs: Math.min(defaultLimits.connectMs, responseMs), responseMs };
}

/** Returns limits for several requests, which must all end within `totalMs` from now. */
export function limitsWithin(totalMs: number): Limits {
  const limits = limitsFrom(totalMs);
  return { ...limits, deadline: performance.now() + limits.responseMs };
}

/** Returns the ms from now until a time of `performance.now()`; 0 if the time has passed. */
export function msUntil(moment: number): number {
  return Math.max(0, moment - performance.now());
}

/** Returns the time of `performance.now()` by which the body of a response must end, or infinity. */
export function bodyDeadline({ deadline, isBodyFree }: Limits): number {
  return isBodyFree ? noDeadline : deadline;
}
