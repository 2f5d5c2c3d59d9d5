export interface Limits {
  /** For name resolution, connection and TLS handshake together. */
  readonly connectMs: number;
  /** From there to the first byte of the answer; for text, again from there to its end. */
  readonly answerMs: number;
  /** By `performance.now()`: when the answer must begin at the latest. Shortens both limits. */
  readonly answerBy?: number | undefined;
  /** By `performance.now()`: when its body must end at the latest, whoever reads it. Shortens both limits. */
  readonly deadline?: number | undefined;
}

export const defaultLimits: Limits = { connectMs: 10_000, answerMs: 60_000 };
