import type { TimeLimits } from '../../kubelet/causes/cause-entry.ts';
import { longestMs } from '../../text/duration.ts';

export interface Limits extends TimeLimits {
  /** Latest time of the response, by `performance.now()`, or infinity. Shortens all limits. */
  readonly deadline: number;
  /** Whether the deadline covers only the head of the response: the reader of the body has its own limit. */
  readonly isBodyFree?: true;
}

export const noDeadline: number = Number.POSITIVE_INFINITY;

export const defaultLimits: Limits = {
  connectMs: 10_000,
  responseMs: 60_000,
  deadline: noDeadline,
};

/** Returns limits without a deadline: each response begins within `timeoutMs`, and its body may end at any time. */
export function limitsFrom(timeoutMs: number): Limits {
  const responseMs = Math.min(timeoutMs, longestMs);
  return { ...defaultLimits, connectMs: Math.min(defaultLimits.connectMs, responseMs), responseMs };
}

/** Returns limits for several requests, which all end within `totalMs` from now on. */
export function limitsWithin(totalMs: number): Limits {
  const limits = limitsFrom(totalMs);
  return { ...limits, deadline: performance.now() + limits.responseMs };
}

/** Returns the ms from now to a time of `performance.now()`; 0 if it is over. */
export function msUntil(moment: number): number {
  return Math.max(0, moment - performance.now());
}

/** Returns the time when the body of a response must end, by `performance.now()`, or infinity. */
export function bodyDeadline({ deadline, isBodyFree }: Limits): number {
  return isBodyFree ? noDeadline : deadline;
}
