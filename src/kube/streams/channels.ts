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

/** The streams of a command. None is one of the process: client-node ends them. */
export interface Streams {
  readonly stdin: Readable | undefined;
  readonly stdout: Writable;
  /** Undefined with a terminal, where both are one. */
  readonly stderr: Writable | undefined;
}

/** Connection for client-node's Exec and Attach, and how it ended. */
export interface Channels extends WebSocketInterface {
  /** Throws StreamBroken, or Interrupted. Never settles before `connect` resolves. */
  readonly ended: Promise<StreamStatus>;
}

interface Connection {
  readonly signal: AbortSignal;
  /** Whether the end of stdin is not sent. */
  readonly keepsInputOpen: boolean;
}

/**
 * client-node's own lets output pile up while nobody reads it, is silent about a lost connection, and believes every message. Here
 * each is checked before client-node sees it, both directions wait for who is slower, and there is always an end.
 *
 * @param open makes a paused WebSocket of the path that client-node wants
 */
export function openChannels(
  open: (path: string) => Promise<WebSocket>,
  { stdin, stdout, stderr }: Streams,
  { signal, keepsInputOpen }: Connection,
): Channels {
  const ended = Promise.withResolvers<StreamStatus>();
  // The reader may begin to wait later.
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
      // After client-node has its streams connected.
      setImmediate(() => socket.resume());
      return asConnection(socket, stdin, keepsInputOpen);
    },
  };
}

/** Stops reading while one of the outputs has more than it can take. */
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
 * What client-node sends by. Where a protocol cannot say that stdin ends, client-node closes the connection, and what the command
 * still prints is lost: here, nothing is said. With `keepsInputOpen`, client-node sees no protocol that can say it.
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
