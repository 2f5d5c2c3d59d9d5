import type { Socket } from 'node:net';
import { Interrupted } from '../../errors.ts';
import { onAbort } from '../within.ts';
import { sharedSpace, type VerifiedSocket } from './verified-socket.ts';

/** Receives the events of a connection, for one request. */
interface SocketReader {
  /** Returns memory for the next bytes. Without this method, the bytes go to memory that all connections share. */
  space?(): Buffer;
  /** Receives a chunk, which is valid only during the call. */
  data(chunk: Buffer): void;
  /** Called when the server has ended its side of the connection. */
  end(): void;
  close(error: NodeJS.ErrnoException | undefined): void;
}

/** An open connection, which serves one request after the other. */
export interface Connection {
  readonly socket: Socket;
  use(reader: SocketReader): void;
}

/** Closes an idle connection when data arrives, because the data cannot be a response. */
function idle(socket: Socket): SocketReader {
  return { data: () => socket.destroy(), end: () => socket.destroy(), close: () => {} };
}

/** Returns a connection that uses a socket. The socket must have no other listeners until it is released. */
export function newConnection({
  socket,
  buffer,
}: VerifiedSocket): Connection & { release(): void } {
  let reader = idle(socket);
  if (buffer) buffer.space = () => reader.space?.() ?? sharedSpace();
  let failure: NodeJS.ErrnoException | undefined;
  const listeners = {
    data: (chunk: Buffer) => reader.data(chunk),
    end: () => reader.end(),
    close: () => reader.close(failure),
  };
  for (const [event, listener] of Object.entries(listeners)) socket.on(event, listener);
  socket.on('error', (error) => {
    failure = error;
  });
  return {
    socket,
    use: (next) => {
      reader = next;
    },
    release: () => {
      for (const [event, listener] of Object.entries(listeners)) socket.off(event, listener);
    },
  };
}

/** Minimum and maximum of `growthDelay` in ms. The maximum is used until the first handshake is complete. */
const leastGrowthDelay = 20;
const mostGrowthDelay = 100;

/**
 * Holds the open connections to one server. If all are busy, requests wait for twice the time of a handshake; then the number of
 * connections may double. Waiting is usually better than a new connection: most responses arrive sooner, and handshakes cost both sides
 * processor time.
 */
export function openConnections() {
  const open = new Set<Socket>();
  const kept: Connection[] = [];
  let connecting = 0;
  let growthDelay = mostGrowthDelay;
  const waiting = waitingRequests(
    () => growthDelay,
    () => Math.max(1, open.size + connecting),
  );
  return {
    /**
     * Returns an idle connection. If there is none and `waits` is set, waits for a connection that becomes free. Returns undefined if the
     * caller must open a new connection. Throws Interrupted.
     */
    take: async (signal: AbortSignal, waits: boolean): Promise<Connection | undefined> => {
      let next = kept.pop();
      // A destroyed socket stays in the list until its close event.
      while (next?.socket.destroyed) next = kept.pop();
      if (!next && waits && open.size + connecting > 0) next = await waiting.next(signal);
      if (signal.aborted) throw new Interrupted();
      if (next) next.socket.ref();
      else connecting += 1;
      return next;
    },
    /** Adds a connection as soon as it is open. */
    add: async (opening: Promise<VerifiedSocket>): Promise<Connection> => {
      const start = performance.now();
      let verified: VerifiedSocket;
      try {
        verified = await opening;
      } catch (error) {
        waiting.serve();
        throw error;
      } finally {
        connecting -= 1;
      }
      growthDelay = Math.min(
        mostGrowthDelay,
        Math.max(leastGrowthDelay, 2 * (performance.now() - start)),
      );
      const { socket } = verified;
      const connection = newConnection(verified);
      open.add(socket);
      socket.once('close', () => {
        open.delete(socket);
        const at = kept.indexOf(connection);
        if (at >= 0) kept.splice(at, 1);
        waiting.serve();
      });
      return connection;
    },
    keep: (connection: Connection) => {
      connection.use(idle(connection.socket));
      connection.socket.resume();
      if (waiting.serve(connection)) return;
      connection.socket.unref();
      kept.push(connection);
    },
    close: () => {
      for (const socket of open) socket.destroy();
    },
  };
}

/**
 * Holds requests that wait for a connection; the first to wait is served first. After each `delay`, some of them open a connection each:
 * `growth` returns how many.
 */
function waitingRequests(delay: () => number, growth: () => number) {
  const waiting = new Set<(connection: Connection | undefined) => void>();
  let timer: NodeJS.Timeout | undefined;
  const serve = (connection?: Connection): boolean => {
    const [first] = waiting;
    first?.(connection);
    return first !== undefined;
  };
  const grow = () => {
    timer = undefined;
    for (let more = growth(); more > 0; more -= 1) serve();
    if (waiting.size > 0) growLater();
  };
  const growLater = () => {
    // setImmediate is needed so that responses that have already arrived free their connections first.
    timer ??= setTimeout(() => setImmediate(grow), delay());
  };
  return {
    /** Waits for a connection. Returns undefined if the request must open one. */
    next: (signal: AbortSignal) =>
      new Promise<Connection | undefined>((resolve) => {
        const end = (connection?: Connection) => {
          waiting.delete(end);
          if (waiting.size === 0) {
            clearTimeout(timer);
            timer = undefined;
          }
          forget();
          resolve(connection);
        };
        const forget = onAbort(signal, end);
        waiting.add(end);
        growLater();
      }),
    /**
     * Gives the connection to the first waiting request. Without a connection, makes that request open one. Returns false if no request
     * waits.
     */
    serve,
  };
}
