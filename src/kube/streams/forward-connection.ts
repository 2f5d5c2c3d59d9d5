import type { Socket } from 'node:net';
import type { WebSocket } from 'ws';
import { Interrupted } from '../../errors.ts';
import { onAbort } from '../within.ts';
import { splitMessage } from './frames.ts';
import { joinSmall } from './join-small.ts';
import { sendPaced } from './send-paced.ts';
import { brokenBy, closedEarly, endsWithinMessage, StreamBroken } from './stream-broken.ts';

/** Thrown if the connection inside the pod could not be opened, or broke. The message comes from the container runtime. */
export class PortFailed extends Error {}

/** Thrown if this program closed the connection because the client had ended its side and the pod then sent nothing. */
export class ClosedInSilence extends Error {
  /**
   * Whether the client still waited for an answer. False if the pod had answered the last bytes of the client, as when a client closes its
   * connection after a response.
   */
  readonly isAwaited: boolean;

  constructor(isAwaited: boolean) {
    super('the pod was silent after the client had ended its side');
    this.isAwaited = isAwaited;
  }
}

/** Time in ms between pings: load balancers drop connections without traffic. */
const keepAliveMs = 30_000;
/** Time in ms for which a client may keep sending after it has received all bytes. The sent bytes are dropped. */
const closingMs = 10_000;

/** State of a client. `ended` means that it sends nothing more, but may still read. */
type ClientState = 'open' | 'ended' | 'gone';

/**
 * Connects a paused client to a port of a pod until one of them closes the connection. The client may end its side first. Throws
 * PortFailed, ClosedInSilence, StreamBroken or Interrupted. In these cases it resets the client's connection, because the client may not
 * have received all bytes.
 */
export function forwardConnection(
  client: Socket,
  remote: WebSocket,
  {
    port,
    silenceMs,
    signal,
  }: { readonly port: number; readonly silenceMs: number; readonly signal: AbortSignal },
): Promise<void> {
  return new Promise((resolve, reject) => {
    const frames = portFrames(port);
    const silence = closingInSilence(client, remote, silenceMs);
    let state: ClientState = 'open';
    let broken: StreamBroken | undefined;
    // Whether the client waits for the pod: either the pod has not answered the last bytes of the client, or the client has received bytes
    // after it ended its side.
    let isAwaited = false;
    const keepAlive = setInterval(() => ping(remote, 'alive'), keepAliveMs);

    const send = (bytes: Buffer) =>
      sendPaced(remote, Buffer.concat([Buffer.of(portChannels.data), bytes]), client);
    const output = joinSmall<number>((_, bytes) => {
      if (client.writable && !client.write(bytes)) remote.pause();
    });
    const sendData = (bytes: Buffer) => {
      isAwaited = true;
      send(bytes);
    };
    client.on('data', sendData);
    client.on('end', () => {
      state = 'ended';
      send(Buffer.alloc(0));
      silence.begin();
    });
    client.on('error', () => {});
    client.on('close', () => {
      state = 'gone';
      silence.cancel();
      // A paused WebSocket would not report the close by the kubelet.
      remote.resume();
      remote.close(1000);
    });
    client.on('drain', () => remote.resume());

    remote.on('message', (message: Buffer, isBinary: boolean) => {
      if (broken) return;
      const frame = frames.read(message, isBinary);
      if ('violation' in frame) {
        broken = new StreamBroken(frame.violation, { isViolation: true });
        remote.terminate();
        return;
      }
      silence.interrupt();
      // A client that has ended its side, but still accepts bytes, waits for more of them. A client that has closed its connection would
      // answer bytes by a reset.
      if (frame.data) isAwaited = state !== 'open';
      if (frame.data) output.pass(portChannels.data, frame.data);
    });
    remote.on('error', (error: NodeJS.ErrnoException) => {
      broken ??= brokenBy(error);
    });
    remote.on('close', (code: number, reason: Buffer) => {
      output.flush();
      silence.cancel();
      clearInterval(keepAlive);
      forget();
      client.off('data', sendData);
      const failure = failureOf(code, reason);
      if (!failure) endGently(client, signal).then(resolve, reject);
      else {
        client.resetAndDestroy();
        reject(failure);
      }
    });
    const failureOf = (code: number, reason: Buffer): Error | undefined => {
      if (signal.aborted) return new Interrupted();
      // No bytes are missing, because the client is gone.
      if (state === 'gone' && !broken?.isViolation) return undefined;
      if (broken) return broken;
      const words = frames.error();
      if (words !== '') return new PortFailed(words);
      if (code !== 1000) return closedEarly(code, reason);
      if (endsWithinMessage(remote))
        return new StreamBroken('the connection was closed within a message', {
          isViolation: false,
        });
      return silence.hasClosed() ? new ClosedInSilence(isAwaited) : undefined;
    };
    const forget = onAbort(signal, () => remote.terminate());
    remote.resume();
    client.resume();
  });
}

function ping(remote: WebSocket, word: string): void {
  if (remote.readyState === remote.OPEN) remote.ping(word);
}

/**
 * Closes the WebSocket after the client has ended its side and the pod has sent nothing for `ms`. The protocol cannot end only one
 * direction: closing ends both, and bytes that the pod is sending are lost. The time starts when the pod has received all bytes. A pong
 * shows this: its ping follows an empty message, and the runtime reads a message only after it has written the previous one.
 */
function closingInSilence(client: Socket, remote: WebSocket, ms: number) {
  let timer: NodeJS.Timeout | undefined;
  let hasClosed = false;
  const close = () => {
    // The client has not read all bytes yet.
    if (client.writableLength > 0) timer?.refresh();
    else {
      hasClosed = true;
      remote.close(1000);
    }
  };
  const delivered = (word: Buffer) => {
    if (word.toString('latin1') !== 'end') return;
    remote.off('pong', delivered);
    timer = setTimeout(close, ms);
  };
  return {
    begin: () => {
      remote.on('pong', delivered);
      ping(remote, 'end');
    },
    /** Starts the time of silence again. */
    interrupt: () => void timer?.refresh(),
    cancel: () => {
      remote.off('pong', delivered);
      clearTimeout(timer);
      timer = undefined;
    },
    hasClosed: () => hasClosed,
  };
}

/**
 * Ends a connection after the operating system has taken all bytes for the client, even if the client reads slowly. A socket with unread
 * bytes is not destroyed, because this would reset the connection and lose bytes that are on their way. If the signal is aborted first,
 * resets the connection and throws Interrupted.
 */
function endGently(client: Socket, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (client.destroyed) return resolve();
    const forget = onAbort(signal, () => {
      client.resetAndDestroy();
      reject(new Interrupted());
    });
    const settle = () => {
      forget();
      resolve();
    };
    client.once('close', settle);
    client.once('finish', () => {
      settle();
      const timer = setTimeout(() => client.destroy(), closingMs);
      client.once('close', () => clearTimeout(timer));
    });
    client.end();
    client.resume();
  });
}

/** A frame of a forwarded port. `data` is undefined if the frame has an error, or only the port number. */
type PortFrame = { readonly data: Buffer | undefined } | { readonly violation: string };

/** Channels of a port: one for bytes in both directions, one for an error. Source: k8s.io/kubelet/pkg/cri/streaming/portforward. */
const portChannels = { data: 0, error: 1 } as const;

/** Limit in bytes for an error message. */
const longestError = 8 * 1024;

/** Returns a reader of the two channels of a port. Each channel begins with the port number in two bytes, the low byte first. */
function portFrames(port: number) {
  const prefix = Buffer.of(port & 0xff, port >> 8);
  /** Number of bytes of the port number that have arrived, by channel. */
  const begun = [0, 0];
  let words = Buffer.alloc(0);
  return {
    read: (message: Buffer, isBinary: boolean): PortFrame => {
      const split = splitMessage(message, isBinary);
      if ('violation' in split) return split;
      const { channel, bytes } = split;
      const at = begun[channel];
      if (at === undefined) return { violation: `a message for channel ${channel}, of 0 and 1` };
      const due = prefix.subarray(at, at + bytes.length);
      if (!bytes.subarray(0, due.length).equals(due))
        return { violation: `another port than ${port} at the beginning of channel ${channel}` };
      begun[channel] = at + due.length;
      const rest = bytes.subarray(due.length);
      if (channel === portChannels.data) return { data: rest.length > 0 ? rest : undefined };
      words = Buffer.concat([words, rest.subarray(0, longestError - words.length)]);
      return { data: undefined };
    },
    /** Returns the error message of the server; empty if there is none. */
    error: () => words.toString('utf8').trim(),
  };
}
