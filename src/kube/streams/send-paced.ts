import type { Readable } from 'node:stream';
import type { WebSocket } from 'ws';

/** Limit in bytes of the messages that wait to be sent. */
const mostWaiting = 1024 * 1024;

/** Sends a message that came from `source`, and pauses `source` while too many bytes wait to be sent. */
export function sendPaced(socket: WebSocket, message: Buffer, source: Readable | undefined): void {
  socket.send(message, () => {
    if (source?.isPaused() && socket.bufferedAmount <= mostWaiting / 2) source.resume();
  });
  if (socket.bufferedAmount > mostWaiting) source?.pause();
}
