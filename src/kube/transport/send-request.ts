import type { Socket } from 'node:net';
import { Interrupted } from '../../errors.ts';
import { mark } from '../../marks.ts';
import { onAbort, within } from '../within.ts';
import { type Body, type ReceivedBody, receivedBody } from './body.ts';
import { newOpening, type Opening } from './connect.ts';
import type { Connection } from './connection.ts';
import { TransportError } from './error.ts';
import { bodyDeadline, type Limits, msUntil, noDeadline } from './limits.ts';
import { parseResponse, type ResponseHead } from './parse-response.ts';
import { sharedSpace } from './verified-socket.ts';

export interface EncodedRequest {
  readonly method: string;
  /** Request line and headers in Latin-1. */
  readonly head: string;
  readonly body: string | Buffer | undefined;
  /**
   * Whether the request asks for another protocol. If so, its connection gets no other request, because a server that denies the protocol
   * may leave the connection in any state.
   */
  readonly upgrades?: boolean;
}

export interface HttpResponse extends ResponseHead {
  readonly timing: RequestTiming;
  /** Body that is not yet decoded. The caller must read or destroy it. If it ends too early, reading throws; see `bodyError`. */
  readonly body: Body;
  /** Socket of the connection, from which the certificate is read; undefined if a worker has the connection. */
  readonly socket?: Socket;
}

/** Durations of the stages of a request in ms. If the connection was already open, the first three are 0. */
interface RequestTiming {
  /** Name resolution; 0 for an IP address, or if a proxy resolves the name. */
  readonly dnsMs: number;
  /** Time for opening the connection to the server; with a proxy, to the proxy and through it to the server. */
  readonly connectMs: number;
  readonly tlsMs: number;
  /** Time from sending the request to receiving the head of its response. */
  readonly firstByteMs: number;
}

export interface ConnectionSource {
  readonly kept: Connection | undefined;
  open(opening: Opening): Promise<Connection>;
  keep(connection: Connection): void;
}

/** Sends a request and reads the head of its response. Throws a TransportError, Interrupted, or an error of `open`. */
export async function sendRequest(
  { kept, open, keep }: ConnectionSource,
  request: EncodedRequest,
  limits: Limits,
  signal: AbortSignal,
): Promise<HttpResponse & { readonly socket: Socket }> {
  const opening = newOpening();
  const late = () => new TransportError(opening.stage, 'timeout');
  const left = (ms: number) => Math.min(ms, msUntil(limits.deadline));
  const { dialMs = limits.connectMs } = limits;
  const start = async (allow: (ms: number) => void) => {
    opening.dialed = () => allow(left(limits.connectMs - (performance.now() - opening.begun)));
    opening.deciding = () => {
      opening.stage = 'response';
      allow(left(limits.responseMs));
    };
    const connection = kept ?? (await open(opening));
    const { socket } = connection;
    opening.cancel = () => socket.destroy();
    opening.deciding();
    const reading = readResponse(connection, request, keep, bodyDeadline(limits), signal);
    socket.write(request.head, 'latin1');
    if (request.body !== undefined) socket.write(request.body);
    const response = await reading;
    const { begun, resolved, connected, secured } = opening;
    const firstByteMs = performance.now() - secured;
    const [dnsMs, connectMs, tlsMs] = [resolved - begun, connected - resolved, secured - connected];
    return { ...response, socket, timing: { dnsMs, connectMs, tlsMs, firstByteMs } };
  };
  try {
    return await within(signal, left(Math.min(dialMs, limits.connectMs)), late, start);
  } catch (error) {
    opening.cancel();
    throw error;
  }
}

/** Progress of reading a response. `isKept` says that the connection serves other requests afterwards. */
type ReadStage =
  | { readonly stage: 'response' }
  | { readonly stage: 'body'; readonly body: ReceivedBody; readonly isKept: boolean }
  | { readonly stage: 'complete'; readonly isKept: boolean };

/** Reads the response on a connection. Keeps the connection for other requests if possible. The body must end by `deadline`. */
function readResponse(
  connection: Connection,
  { method, upgrades }: EncodedRequest,
  keep: ConnectionSource['keep'],
  deadline: number,
  signal: AbortSignal,
): Promise<ResponseHead & { readonly body: Body }> {
  const { socket } = connection;
  return new Promise((resolve, reject) => {
    let reading: ReadStage = { stage: 'response' };
    const fail = (error: Error) =>
      reading.stage === 'body' ? reading.body.fail(error) : reject(error);
    const breakOff = (error?: NodeJS.ErrnoException) => {
      if (reading.stage !== 'complete')
        fail(new TransportError(reading.stage, error?.code ?? 'ECONNRESET', error));
    };
    const parser = parseResponse(method, {
      head: (head) => {
        mark('answered');
        const body = receivedBody({
          pause: () => socket.pause(),
          resume: () => {
            if (reading.stage === 'body') socket.resume();
          },
          ended: () => {
            clearTimeout(timer);
            forget();
            if (reading.stage === 'body') socket.destroy();
          },
        });
        const timer = deadline === noDeadline ? undefined : endBody(body, msUntil(deadline));
        const forget = onAbort(signal, () => body.fail(new Interrupted()));
        reading = { stage: 'body', body, isKept: head.keepsAlive && !upgrades };
        resolve({ ...head, body });
      },
      data: (bytes) => {
        if (reading.stage === 'body') reading.body.add(bytes);
      },
      end: () => {
        if (reading.stage !== 'body') return;
        const { body, isKept } = reading;
        reading = { stage: 'complete', isKept };
        body.end();
      },
    });
    connection.use({
      space: () => (reading.stage === 'body' ? reading.body.space() : sharedSpace()),
      data: (chunk) => {
        let hasMore = false;
        try {
          hasMore = parser.push(chunk);
        } catch (error) {
          return fail(error as Error);
        }
        if (reading.stage !== 'complete') return;
        if (reading.isKept && !hasMore && socket.writableLength === 0) keep(connection);
        else socket.destroy();
      },
      end: () => {
        if (!parser.finish()) breakOff();
        socket.destroy();
      },
      close: breakOff,
    });
  });
}

/** Ends a body with a timeout error after `ms`, unless the caller clears the returned timer. */
export function endBody(body: Body, ms: number): NodeJS.Timeout {
  return setTimeout(() => body.destroy(new TransportError('body', 'timeout')), Math.max(0, ms));
}
