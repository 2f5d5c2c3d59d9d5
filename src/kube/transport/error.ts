/** The stage of a request in which it failed. */
export type Stage = 'proxy' | 'connect' | 'handshake' | 'answer' | 'body';

/** A missing or incomplete answer. `code` is from Node or OpenSSL, or `timeout` for a limit, `proxy` for an error of the proxy. */
export class TransportError extends Error {
  readonly stage: Stage;
  readonly code: string;

  constructor(stage: Stage, code: string, cause?: unknown, message?: string) {
    super(message ?? (cause instanceof Error ? cause.message : code), { cause });
    this.stage = stage;
    this.code = code;
  }
}
