/** How far a request had come when it failed. */
export type Stage = 'proxy' | 'connect' | 'handshake' | 'answer' | 'body';

/** No answer, or half of one. `code` is Node's or OpenSSL's; `timeout` stands for our own limits, `proxy` for a proxy's no. */
export class TransportError extends Error {
  readonly stage: Stage;
  readonly code: string;

  constructor(stage: Stage, code: string, cause?: unknown, message?: string) {
    super(message ?? (cause instanceof Error ? cause.message : code), { cause });
    this.stage = stage;
    this.code = code;
  }
}
