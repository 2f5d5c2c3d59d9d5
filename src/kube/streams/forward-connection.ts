import type { Socket } from 'node:net';
import type { WebSocket } from 'ws';
import { Interrupted } from '../../errors.ts';
import { onAbort } from '../within.ts';
import { splitMessage } from './frames.ts';
import { joinSmall } from './join-small.ts';
import { sendPaced } from './send-paced.ts';
import { brokenBy, closedEarly, endsWithinMessage, StreamBroken } from './stream-broken.ts';

/** The pod's side could not be connected to, or broke its connection: in the words of the container runtime. */
export class PortFailed extends Error {}

/** The client had ended its side, and the pod was silent: the connection was closed before the pod had ended it. */
export class ClosedInSilence extends Error {
  /** False for a client that has received a response to its last bytes, as after its program closed the connection. */
  readonly isAwaited: boolean;

  constructor(isAwaited: boolean) {
    super('the pod was silent after the client had ended its side');
    this.isAwaited = isAwaited;
  }
}

/** In ms. Load balancers forget connections without any traffic. */
const keepAliveMs = 30_000;
/** In ms, how long a client may still send once all is written to it: nobody reads that any more. */
const closingMs = 10_000;

/** State of a client, which may end its own direction alone. */
type ClientState = 'open' | 'ended' | 'gone';

/**
 * Connects a client, which is paused and may end its side alone, with a port of a pod, until one of them is done. Throws
 * PortFailed, ClosedInSilence, StreamBroken, or Interrupted; the client then sees a reset, as what it has may not be all.
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
    // Whether the pod has not answered the last bytes of the client, or the client has received something since it ended.
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
      // A paused one would not see its end.
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
      // A client that takes something after its end is still there; one whose program has closed it resets.
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
      // Nobody has lost anything.
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
 * A kubelet knows no end of one direction: closing the WebSocket is the only one, and bytes that are on their way back are lost
 * with it. So when the client has sent all, the pod is not told before it has been silent for `ms`. Before that, an empty message and
 * a ping make sure that all was delivered: the runtime reads on only once it has written the bytes before.
 */
function closingInSilence(client: Socket, remote: WebSocket, ms: number) {
  let timer: NodeJS.Timeout | undefined;
  let hasClosed = false;
  const close = () => {
    // Somebody has something to read.
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
    /** The pod was not silent. */
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
 * Ends once the client's own system has all, however slowly it reads. A socket that is destroyed while something is unread resets
 * its connection, and what is on its way may be lost with it. Throws Interrupted, with a reset, for what is not written by then.
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

/** A frame of a forwarded port; one of an error, or of the port number, has nothing to deliver. */
type PortFrame = { readonly data: Buffer | undefined } | { readonly violation: string };

/** One channel has the bytes, in both directions, the other an error. Source: k8s.io/kubelet/pkg/cri/streaming/portforward. */
const portChannels = { data: 0, error: 1 } as const;

/** Bytes kept of an error. */
const longestError = 8 * 1024;

/** Reads the two channels of a port. Each begins with the port, in two bytes of which the lower is first. */
function portFrames(port: number) {
  const prefix = Buffer.of(port & 0xff, port >> 8);
  /** By channel, how much of the port came. */
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
    /** The server's words on what failed; empty if nothing did. */
    error: () => words.toString('utf8').trim(),
  };
}
