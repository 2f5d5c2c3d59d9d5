export type Stage = 'proxy' | 'connect' | 'handshake' | 'response' | 'body';

/** How much of a body arrived, in bytes as the server sent them. */
export interface Received {
  readonly bytes: number;
  /** Content-Length of the response; undefined if it has none. */
  readonly of: number | undefined;
}

/**
 * A missing or incomplete response. `code` is an error code of Node.js or OpenSSL, `timeout` for a time limit, or `proxy` for an error of
 * the proxy.
 */
export class TransportError extends Error {
  readonly stage: Stage;
  readonly code: string;
  /** The part of the body that arrived, if the body ended too early and its bytes were counted. */
  readonly received: Received | undefined;

  constructor(stage: Stage, code: string, cause?: unknown, message?: string, received?: Received) {
    super(message ?? (cause instanceof Error ? cause.message : code), { cause });
    this.stage = stage;
    this.code = code;
    this.received = received;
  }

  /** Whether this program reached the server, which may have received the request. */
  get isSent(): boolean {
    return this.stage === 'response' || this.stage === 'body';
  }
}
