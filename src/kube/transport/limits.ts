export interface Limits {
  /** For the name, the connection and the TLS handshake together. */
  readonly connectMs: number;
  /** From then to the first byte of the answer, and, where it is read as text, from there to its end. */
  readonly answerMs: number;
}

export const defaultLimits: Limits = { connectMs: 10_000, answerMs: 60_000 };
