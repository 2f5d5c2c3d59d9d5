export type Stage = 'proxy' | 'connect' | 'handshake' | 'response' | 'body';

/** How much of a body came, in bytes as sent. */
export interface Received {
  readonly bytes: number;
  /** By Content-Length; undefined if the response did not say. */
  readonly of: number | undefined;
}

/** A missing or incomplete response. `code` is from Node or OpenSSL, or `timeout` for a limit, `proxy` for an error of the proxy. */
export class TransportError extends Error {
  readonly stage: Stage;
  readonly code: string;
  /** Bytes received of a body that broke off, if they were counted. */
  readonly received: Received | undefined;

  constructor(stage: Stage, code: string, cause?: unknown, message?: string, received?: Received) {
    super(message ?? (cause instanceof Error ? cause.message : code), { cause });
    this.stage = stage;
    this.code = code;
    this.received = received;
  }

  /** Whether the other side was reached, and may have the request. */
  get isSent(): boolean {
    return this.stage === 'response' || this.stage === 'body';
  }
}
