export interface Limits {
  /** For name resolution, connection and TLS handshake together. */
  readonly connectMs: number;
  /** From there to the first byte of the answer; for text, again from there to its end. */
  readonly answerMs: number;
  /** By `performance.now()`; shortens both limits. */
  readonly deadline?: number | undefined;
}

export const defaultLimits: Limits = { connectMs: 10_000, answerMs: 60_000 };
