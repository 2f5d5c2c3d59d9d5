import type { Socket } from 'node:net';
import { Interrupted } from '../../errors.ts';
import { mark } from '../../marks.ts';
import { onAbort } from '../on-abort.ts';
import { type Body, type ReceivedBody, receivedBody } from './body.ts';
import { newOpening, type Opening } from './connect.ts';
import type { Connection } from './connection.ts';
import { type Stage, TransportError } from './error.ts';
import { type Limits, msUntil } from './limits.ts';
import { parseResponse, type ResponseHead } from './parse-response.ts';
import { sharedSpace } from './verified-socket.ts';

/** A request as it is sent. */
export interface EncodedRequest {
  readonly method: string;
  /** In Latin-1. */
  readonly head: string;
  readonly body: string | Buffer | undefined;
  /** Whether it asks for another protocol: a server that denies it may leave the connection in any state. */
  readonly upgrades?: boolean;
}

export interface HttpResponse extends ResponseHead {
  readonly timing: Timing;
  /** Not decoded. Must be read or destroyed. One that breaks off fails; see `bodyError`. */
  readonly body: Body;
  /** Of the connection, for its certificate; undefined if it is a worker's. */
  readonly socket?: Socket;
}

/** How long the stages of a request took, in ms. On a kept connection, the first three are 0. */
interface Timing {
  /** Name resolution; 0 for an IP address, or where a proxy resolves the name. */
  readonly dnsMs: number;
  /** To the server, or to a proxy and through its tunnel. */
  readonly connectMs: number;
  readonly tlsMs: number;
  /** From the request to the head of its answer. */
  readonly firstByteMs: number;
}

/** The connections that an exchange may use. */
export interface ConnectionSource {
  /** One that is open, or undefined. */
  readonly kept: Connection | undefined;
  open(opening: Opening): Promise<Connection>;
  keep(connection: Connection): void;
}

/** Sends a request and resolves with its answer. Throws a TransportError, Interrupted, or what opening a connection throws. */
export function exchange(
  { kept, open, keep }: ConnectionSource,
  message: EncodedRequest,
  limits: Limits,
  signal: AbortSignal,
): Promise<HttpResponse & { readonly socket: Socket }> {
  return new Promise((resolve, reject) => {
    const opening = newOpening();
    let timer: NodeJS.Timeout | undefined;
    let complete = false;
    const settle = () => {
      clearTimeout(timer);
      forget();
    };
    let fail = (error: unknown) => {
      settle();
      reject(error);
      opening.cancel();
    };
    const forget = onAbort(signal, () => fail(new Interrupted()));
    const limit = (ms: number) => {
      clearTimeout(timer);
      const left = Math.min(ms, msUntil(limits.answerBy), msUntil(limits.deadline));
      timer = setTimeout(() => fail(new TransportError(opening.stage, 'timeout')), left);
    };
    opening.deciding = () => {
      opening.stage = 'answer';
      limit(limits.answerMs);
    };
    const fails = (stage: Stage, error: NodeJS.ErrnoException | undefined) =>
      fail(new TransportError(stage, error?.code ?? 'ECONNRESET', error));

    const answered = (head: ResponseHead, { socket }: Connection): ReceivedBody => {
      clearTimeout(timer);
      const body = receivedBody({
        pause: () => socket.pause(),
        resume: () => {
          if (!complete) socket.resume();
        },
        ended: () => {
          settle();
          socket.destroy();
        },
      });
      fail = (error) => body.fail(error as Error);
      if (limits.deadline !== undefined) timer = endBody(body, msUntil(limits.deadline));
      const { begun, resolved, connected, secured } = opening;
      const timing = {
        dnsMs: resolved - begun,
        connectMs: connected - resolved,
        tlsMs: secured - connected,
        firstByteMs: performance.now() - secured,
      };
      resolve({ ...head, timing, body, socket });
      return body;
    };

    const use = (connection: Connection) => {
      const { socket } = connection;
      opening.stage = 'answer';
      opening.cancel = () => socket.destroy();
      limit(limits.answerMs);
      let body: ReceivedBody | undefined;
      let keepsAlive = false;
      const parser = parseResponse(message.method, {
        head: (head) => {
          mark('answered');
          keepsAlive = head.keepsAlive && !message.upgrades;
          body = answered(head, connection);
        },
        data: (bytes) => body?.add(bytes),
        end: () => {
          complete = true;
          settle();
          body?.end();
        },
      });
      const stage = () => (body ? 'body' : 'answer');
      connection.use({
        space: () => (body && !complete ? body.space() : sharedSpace()),
        data: (chunk) => {
          let hasMore = false;
          try {
            hasMore = parser.push(chunk);
          } catch (error) {
            return fail(error);
          }
          if (!complete) return;
          if (keepsAlive && !hasMore && socket.writableLength === 0) keep(connection);
          else socket.destroy();
        },
        end: () => {
          if (!parser.finish()) fails(stage(), undefined);
          socket.destroy();
        },
        close: (error) => {
          if (!complete) fails(stage(), error);
        },
      });
      socket.write(message.head, 'latin1');
      if (message.body !== undefined) socket.write(message.body);
    };

    if (kept) {
      use(kept);
      return;
    }
    limit(limits.connectMs);
    open(opening).then(use, (error: unknown) => fail(error));
  });
}

export function endBody(body: Body, ms: number): NodeJS.Timeout {
  return setTimeout(() => body.destroy(new TransportError('body', 'timeout')), ms);
}
