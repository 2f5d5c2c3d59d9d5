import type { Readable } from 'node:stream';
import type { WebSocket } from 'ws';

/** In bytes that wait to be sent. */
const mostWaiting = 1024 * 1024;

/** Sends a message, and pauses `source`, which it is from, while too much waits. */
export function sendPaced(socket: WebSocket, message: Buffer, source: Readable | undefined): void {
  socket.send(message, () => {
    if (source?.isPaused() && socket.bufferedAmount <= mostWaiting / 2) source.resume();
  });
  if (socket.bufferedAmount > mostWaiting) source?.pause();
}
