export interface Limits {
  /** For the name, the connection and the TLS handshake together. */
  readonly connectMs: number;
  /** From then to the first byte of the answer, and, where it is read as text, from there to its end. */
  readonly answerMs: number;
  /** By `performance.now()`; where it comes first, it ends either. */
  readonly deadline?: number | undefined;
}

export const defaultLimits: Limits = { connectMs: 10_000, answerMs: 60_000 };
