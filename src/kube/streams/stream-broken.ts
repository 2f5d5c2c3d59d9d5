import type { WebSocket } from 'ws';

export const lostStream =
  'the kubelet, the container runtime or something between stopped or restarted';

/** Thrown if a stream ended early or the other side violated the protocol. */
export class StreamBroken extends Error {
  readonly isViolation: boolean;

  constructor(message: string, options: { isViolation: boolean; cause?: unknown }) {
    super(message, { cause: options.cause });
    this.isViolation = options.isViolation;
  }
}

export function brokenBy(error: NodeJS.ErrnoException): StreamBroken {
  const isViolation = error.code?.startsWith('WS_ERR_') === true;
  const message = isViolation ? `an invalid message: ${error.message}` : error.message;
  return new StreamBroken(message, { isViolation, cause: error });
}

export function closedEarly(code: number, reason: Buffer): StreamBroken {
  // These two codes come from ws: 1005 for a close frame without a code, and 1006 for a connection that ends without a close frame.
  const isAbrupt = code === 1006;
  const words = reason.toString('utf8').slice(0, 200);
  const how = isAbrupt
    ? 'the connection was lost'
    : `the connection was closed${code === 1005 ? '' : ` with code ${code}`}`;
  return new StreamBroken(words === '' ? how : `${how}: ${words}`, { isViolation: false });
}

/** Whether the connection ended in the middle of a message. ws does not report this. */
export function endsWithinMessage(socket: WebSocket): boolean {
  const { _receiver } = socket as unknown as { readonly _receiver?: { _fragmented: number } };
  return (_receiver?._fragmented ?? 0) !== 0;
}
