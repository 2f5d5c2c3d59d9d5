import type { WebSocket } from 'ws';

/** Why a connection of a stream ends before it is done. */
export const lostStream =
  'the kubelet, the container runtime or something between stopped or restarted';

/** A connection that ended before it was to end, or broke its own rules. */
export class StreamBroken extends Error {
  /** Whether the other side broke the protocol. */
  readonly isViolation: boolean;

  constructor(message: string, options: { isViolation: boolean; cause?: unknown }) {
    super(message, { cause: options.cause });
    this.isViolation = options.isViolation;
  }
}

/** By an error of a WebSocket. */
export function brokenBy(error: NodeJS.ErrnoException): StreamBroken {
  const isViolation = error.code?.startsWith('WS_ERR_') === true;
  const message = isViolation ? `an invalid message: ${error.message}` : error.message;
  return new StreamBroken(message, { isViolation, cause: error });
}

/** How a connection ended that was not to end. */
export function closedEarly(code: number, reason: Buffer): StreamBroken {
  // 1005 and 1006 are of this side: without a code, and without a closing frame.
  const isAbrupt = code === 1006;
  const words = reason.toString('utf8').slice(0, 200);
  const how = isAbrupt
    ? 'the connection was lost'
    : `the connection was closed${code === 1005 ? '' : ` with code ${code}`}`;
  return new StreamBroken(words === '' ? how : `${how}: ${words}`, { isViolation: false });
}

/** Whether the rest of a message never came. ws keeps that to itself, and the message. */
export function endsWithinMessage(socket: WebSocket): boolean {
  const { _receiver } = socket as unknown as { readonly _receiver?: { _fragmented: number } };
  return (_receiver?._fragmented ?? 0) !== 0;
}
