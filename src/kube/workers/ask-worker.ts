import type { Readable, Writable } from 'node:stream';
import { newCondition } from '../../condition.ts';
import { Failure, Interrupted } from '../../errors.ts';
import { longestMs } from '../../text/duration.ts';
import type { Body } from '../transport/body.ts';
import { TransportError } from '../transport/error.ts';
import { type Limits, msUntil } from '../transport/limits.ts';
import { BorrowedBytes } from '../transport/memory.ts';
import type { TlsSettings } from '../transport/tls.ts';
import type { HttpResponse, Request, TransportSettings } from '../transport/transport.ts';
import { onAbort } from '../within.ts';
import {
  encodeFrame,
  type FrameKind,
  frameKinds,
  frameReader,
  type WorkerFrame,
} from './frames.ts';
import {
  decodeError,
  type EndMessage,
  type HeadMessage,
  limitsToSend,
  type RequestMessage,
  readAtOnce,
} from './messages.ts';

export interface WorkerPipes {
  readonly input: Writable;
  readonly output: Readable;
}

/** Another process that sends requests for this process. */
export interface Worker {
  /** Number of requests whose bodies have not ended. */
  readonly busy: number;
  readonly hasEnded: boolean;
  /**
   * Sends a request. Returns undefined if the worker did not send it, for example because the worker has ended. This process must then send
   * it.
   */
  send(asked: WorkerRequest, signal: AbortSignal): Promise<HttpResponse | undefined>;
  /** Closes the connections to a server that gets no more requests. */
  closeServer(server: number): void;
  end(): void;
}

interface WorkerRequest {
  /** Number that identifies the server. Requests with the same number share connections. */
  readonly server: number;
  readonly settings: Pick<TransportSettings, 'address' | 'tls'>;
  readonly request: Request;
  readonly limits: Limits;
}

export function newWorker({ input, output }: WorkerPipes): Worker {
  const asked = new Map<number, (frame: Content) => void>();
  const settings: TlsSettings[] = [];
  let requests = 0;
  let hasEnded = false;
  const tell = (kind: FrameKind, id: number, content = '') => {
    if (!hasEnded) input.write(encodeFrame(kind, id, content));
  };
  const settingsNumber = (tls: TlsSettings) => {
    const known = settings.findIndex(
      (each) =>
        each.ca === tls.ca &&
        each.verify === tls.verify &&
        each.serverName === tls.serverName &&
        each.clientCertificate === tls.clientCertificate,
    );
    if (known >= 0) return known;
    const number = settings.push(tls) - 1;
    tell(frameKinds.settings, number, JSON.stringify(tls));
    return number;
  };
  const end = () => {
    hasEnded = true;
    for (const take of asked.values()) take({ kind: frameKinds.unsent, content: Buffer.alloc(0) });
  };
  // Errors are ignored here, because the output of a broken worker also closes.
  input.on('error', () => {});
  output.on('error', () => {});
  output.on('close', end);
  const read = frameReader(({ kind, id, content }) => asked.get(id)?.({ kind, content }));
  output.on('data', read);

  return {
    get busy() {
      return asked.size;
    },
    get hasEnded() {
      return hasEnded;
    },
    send: async ({ server, settings: { address, tls }, request, limits }, signal) => {
      if (hasEnded) return undefined;
      requests += 1;
      const id = requests;
      const { method, path, headers, joinsJson } = request;
      const message: RequestMessage = {
        ...{ server, address, settings: settingsNumber(tls), method, path, joinsJson },
        ...(headers && { headers }),
        limits: limitsToSend(limits),
      };
      const { take, response } = readResponse(limits, signal, {
        tell: (kind) => tell(kind, id),
        over: () => void asked.delete(id),
      });
      asked.set(id, take);
      tell(frameKinds.request, id, JSON.stringify(message));
      return response;
    },
    closeServer: (server) => tell(frameKinds.close, server),
    end: () => input.end(),
  };
}

type Content = Pick<WorkerFrame, 'kind' | 'content'>;

/** Reads the response to one request from the worker's frames; its promise resolves to undefined if the worker did not send the request. */
function readResponse(
  limits: Limits,
  signal: AbortSignal,
  worker: { readonly tell: (kind: FrameKind) => void; readonly over: () => void },
): { take(frame: Content): void; readonly response: Promise<HttpResponse | undefined> } {
  const { promise, resolve, reject } = Promise.withResolvers<HttpResponse | undefined>();
  let isAnswered = false;
  const forget = onAbort(signal, () => stop(new Interrupted()));
  // The worker itself observes the limits. This timer is needed only if the worker hangs.
  const late = () => stop(new TransportError('response', 'timeout'));
  const hangs = setTimeout(late, latest(limits));
  const over = () => {
    clearTimeout(hangs);
    forget();
    worker.over();
  };
  const body = queuedBody({
    read: () => worker.tell(frameKinds.read),
    cancel: () => {
      over();
      worker.tell(frameKinds.cancel);
    },
  });
  const fail = (error: Error) => {
    over();
    if (isAnswered) body.end({ error });
    else reject(error);
  };
  const stop = (error: Error) => {
    worker.tell(frameKinds.cancel);
    fail(error);
  };
  const take = ({ kind, content }: Content) => {
    switch (kind) {
      case frameKinds.head:
        clearTimeout(hangs);
        isAnswered = true;
        return resolve({ ...(JSON.parse(content.toString()) as HeadMessage), body });
      case frameKinds.body:
        return body.add(content);
      case frameKinds.end:
        over();
        return body.end(JSON.parse(content.toString()) as EndMessage);
      case frameKinds.failed:
        return fail(decodeError(content.toString()));
      case frameKinds.unsent:
        if (isAnswered) return fail(new Failure('a process that read the response has ended'));
        over();
        return resolve(undefined);
    }
  };
  return { take, response: promise };
}

/** Returns the time in ms after which a worker must have reported a response or a failure, unless it hangs. */
function latest({ connectMs, responseMs, deadline }: Limits): number {
  const allowed = Math.min(connectMs + responseMs, msUntil(deadline));
  return Math.min(allowed + graceMs, longestMs);
}

const graceMs = 2_000;

interface QueuedBody extends Body {
  add(piece: Buffer): void;
  end(how: EndMessage & { readonly error?: Error }): void;
}

/** @param source `read` is called each time `readAtOnce` bytes have been read; `cancel` is called when no more bytes are wanted */
function queuedBody(source: {
  readonly read: () => void;
  readonly cancel: () => void;
}): QueuedBody {
  let queue: Buffer[] = [];
  let read = 0;
  let ended: Parameters<QueuedBody['end']>[0] | undefined;
  const arrival = newCondition();
  const body: QueuedBody = {
    get joinedFrom() {
      return ended?.joinedFrom;
    },
    add: (piece) => {
      queue.push(piece);
      arrival.notify();
    },
    end: (how) => {
      ended ??= how;
      arrival.notify();
    },
    destroy: (error = new TransportError('body', 'ECONNRESET')) => {
      queue = [];
      if (ended) return;
      source.cancel();
      body.end({ error });
    },
    async *[Symbol.asyncIterator]() {
      try {
        for (;;) {
          while (queue.length === 0 && !ended) await arrival.changed();
          const piece = queue.shift();
          if (!piece) break;
          read += piece.length;
          for (; read >= readAtOnce; read -= readAtOnce) if (!ended) source.read();
          yield new BorrowedBytes(piece);
        }
        if (ended?.error) throw ended.error;
      } finally {
        body.destroy();
      }
    },
  };
  return body;
}
