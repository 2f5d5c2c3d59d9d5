import type { Socket } from 'node:net';
import type { WebSocket } from 'ws';
import { Interrupted } from '../../errors.ts';
import { onAbort } from '../within.ts';
import { splitMessage } from './frames.ts';
import { joinSmall } from './join-small.ts';
import { sendPaced } from './send-paced.ts';
import { brokenBy, closedEarly, endsWithinMessage, StreamBroken } from './stream-broken.ts';

/** The connection inside the pod failed or broke. The message comes from the container runtime. */
export class PortFailed extends Error {}

/** The connection was closed because its client had ended its side and the pod, which had not ended its own, was silent. */
export class ClosedInSilence extends Error {
  /** False if the pod had answered the last bytes of the client, as when a program closes its connection after a response. */
  readonly isAwaited: boolean;

  constructor(isAwaited: boolean) {
    super('the pod was silent after the client had ended its side');
    this.isAwaited = isAwaited;
  }
}

/** Time in ms between pings: load balancers drop connections without traffic. */
const keepAliveMs = 30_000;
/** Time in ms in which a client may still send after all bytes for it were written. These bytes are dropped. */
const closingMs = 10_000;

/** State of a client; `ended`: it has ended only its own direction. */
type ClientState = 'open' | 'ended' | 'gone';

/**
 * Connects a paused client, which may end its side first, to a port of a pod until one of them is done. Throws PortFailed, ClosedInSilence,
 * StreamBroken, or Interrupted; the client then sees a reset, because it may not have received all bytes.
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
    // Whether the client waits for the pod: the pod has not answered its last bytes, or the client has accepted bytes after ending its
    // side.
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
      // A client that accepts bytes after its end still waits for them; a client that has closed its connection resets it.
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
      // The client is gone, so no bytes are missing for it.
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
 * Closes the WebSocket when the client has ended its side and the pod has been silent for `ms`. A kubelet cannot end one direction: closing
 * ends both, and loses bytes on their way back. The silence counts only from the pong to a ping that was sent after an empty message. The
 * runtime reads a message only after it has written the message before, so the pong shows that the pod has all bytes of the client.
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
    /** Counts the silence from the start again. */
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
 * Ends a connection after the system has taken all bytes for the client, however slowly it reads. Destroying a socket with unread bytes
 * resets the connection, and loses bytes on their way. Throws Interrupted, with a reset, if the signal is aborted before.
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

/** A frame of a forwarded port. `data` is undefined for an error, or a port number alone. */
type PortFrame = { readonly data: Buffer | undefined } | { readonly violation: string };

/** Channels of a port: one for bytes in both directions, one for an error. Source: k8s.io/kubelet/pkg/cri/streaming/portforward. */
const portChannels = { data: 0, error: 1 } as const;

/** Limit in bytes for an error message. */
const longestError = 8 * 1024;

/** Returns a reader of the two channels of a port. Each channel begins with the port number: two bytes, the lower one first. */
function portFrames(port: number) {
  const prefix = Buffer.of(port & 0xff, port >> 8);
  /** Bytes of the port number received so far, by channel. */
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
