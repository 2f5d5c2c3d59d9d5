import type { Readable, Writable } from 'node:stream';
import type { WebSocketInterface } from '@kubernetes/client-node/dist/web-socket-handler.js';
import type { WebSocket } from 'ws';
import { Interrupted } from '../../errors.ts';
import type { StreamStatus } from '../../objects.ts';
import { onAbort } from '../within.ts';
import { type ChannelFrame, channels, readFrame } from './frames.ts';
import { joinSmall } from './join-small.ts';
import { sendPaced } from './send-paced.ts';
import { brokenBy, closedEarly, StreamBroken } from './stream-broken.ts';

/** The streams of a remote command. They must not be the streams of this process, because @kubernetes/client-node ends them. */
export interface ProcessStreams {
  readonly stdin: Readable | undefined;
  readonly stdout: Writable;
  /** Undefined if the command has a terminal, because a terminal has only one output. */
  readonly stderr: Writable | undefined;
}

/** Connection for the classes Exec and Attach of @kubernetes/client-node, and the final status of the command. */
export interface Channels extends WebSocketInterface {
  /** Final status of the command. Rejects with StreamBroken or Interrupted. Settles only after `connect` has resolved. */
  readonly ended: Promise<StreamStatus>;
}

interface ChannelSettings {
  readonly signal: AbortSignal;
  /** If true, the server is not told that stdin has ended. */
  readonly keepsInputOpen: boolean;
}

/**
 * Replaces the connection of @kubernetes/client-node, which stores unread output without limit, ignores a lost connection, and does not
 * check messages. The replacement checks every message, makes senders wait for slow readers, and always settles `ended`.
 *
 * @param open opens a paused WebSocket for a path that @kubernetes/client-node requests
 */
export function openChannels(
  open: (path: string) => Promise<WebSocket>,
  { stdin, stdout, stderr }: ProcessStreams,
  { signal, keepsInputOpen }: ChannelSettings,
): Channels {
  const ended = Promise.withResolvers<StreamStatus>();
  // Avoids an unhandled rejection if the caller awaits `ended` later.
  ended.promise.catch(() => {});
  const sinks = { 1: stdout, 2: stderr };
  return {
    ended: ended.promise,
    connect: async (path, _, handle) => {
      const socket = await open(path);
      const pace = pacing(socket);
      let status: StreamStatus | undefined;
      let broken: StreamBroken | undefined;
      const output = joinSmall<1 | 2>((channel, bytes) => {
        handle?.(channel, bytes);
        pace(sinks[channel]);
      });
      const breakOff = (violation: string) => {
        output.flush();
        broken ??= new StreamBroken(violation, { isViolation: true });
        socket.terminate();
      };
      const take = (frame: ChannelFrame) => {
        if ('violation' in frame) return breakOff(frame.violation);
        if (status) return breakOff('a message after the status');
        if (frame.channel !== channels.status) return output.pass(frame.channel, frame.bytes);
        output.flush();
        handle?.(frame.channel, frame.bytes);
        ({ status } = frame);
        socket.close(1000);
      };
      socket.on('message', (data: Buffer, isBinary: boolean) => {
        if (!broken) take(readFrame(data, isBinary, (channel) => sinks[channel] !== undefined));
      });
      socket.on('error', (error: NodeJS.ErrnoException) => {
        broken ??= brokenBy(error);
      });
      socket.on('close', (code: number, reason: Buffer) => {
        output.flush();
        forget();
        if (signal.aborted) ended.reject(new Interrupted());
        else if (status && !broken?.isViolation) ended.resolve(status);
        else ended.reject(broken ?? closedEarly(code, reason));
      });
      const forget = onAbort(signal, () => socket.terminate());
      // Messages arrive only after `connect` has resolved, because @kubernetes/client-node then connects its streams.
      setImmediate(() => socket.resume());
      return asConnection(socket, stdin, keepsInputOpen);
    },
  };
}

/** Returns a function that pauses the socket until the outputs have written the bytes that wait in them. */
function pacing(socket: WebSocket): (sink: Writable | undefined) => void {
  const full = new Set<Writable>();
  return (sink) => {
    if (!sink?.writableNeedDrain || full.has(sink)) return;
    full.add(sink);
    socket.pause();
    sink.once('drain', () => {
      full.delete(sink);
      if (full.size === 0) socket.resume();
    });
  };
}

/**
 * Returns the connection on which @kubernetes/client-node sends input. If the protocol cannot send the end of stdin, client-node calls
 * `close`. `close` does nothing, because it would lose the remaining output. With `keepsInputOpen`, `protocol` is empty, so that
 * client-node never sends the end of stdin.
 */
function asConnection(
  socket: WebSocket,
  stdin: Readable | undefined,
  keepsInputOpen: boolean,
): WebSocket {
  const send = (message: Buffer) => {
    if (socket.readyState === socket.OPEN) sendPaced(socket, message, stdin);
  };
  const protocol = keepsInputOpen ? '' : socket.protocol;
  return { protocol, send, close: () => {} } as unknown as WebSocket;
}
