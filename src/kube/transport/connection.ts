import type { Socket } from 'node:net';
import { type Link, sharedSpace } from './link.ts';

/** Whoever sends a request over a connection, and reads its answer. */
export interface User {
  /** Where the next bytes may go, if not to memory that all connections share. */
  space?(): Buffer;
  /** A chunk is valid during the call. */
  data(chunk: Buffer): void;
  /** The server sends nothing more. */
  end(): void;
  /** The connection is gone. */
  close(error: NodeJS.ErrnoException | undefined): void;
}

/** An open connection, for one request after the other. */
export interface Connection {
  readonly socket: Socket;
  use(user: User): void;
}

/** The open connections to one server. */
export interface Connections {
  /** One that was kept, or undefined. */
  take(): Connection | undefined;
  add(link: Link): Connection;
  /** For the next request. */
  keep(connection: Connection): void;
  close(): void;
}

/** Whatever arrives on an idle connection is not an answer. */
function idle(socket: Socket): User {
  return { data: () => socket.destroy(), end: () => socket.destroy(), close: () => {} };
}

/** Its socket has no other listeners until it is released. */
export function connectionOver({ socket, inbox }: Link): Connection & { release(): void } {
  let user = idle(socket);
  if (inbox) inbox.space = () => user.space?.() ?? sharedSpace();
  let failure: NodeJS.ErrnoException | undefined;
  const listeners = {
    data: (chunk: Buffer) => user.data(chunk),
    end: () => user.end(),
    close: () => user.close(failure),
  };
  for (const [event, listener] of Object.entries(listeners)) socket.on(event, listener);
  socket.on('error', (error) => {
    failure = error;
  });
  return {
    socket,
    use: (next) => {
      user = next;
    },
    release: () => {
      for (const [event, listener] of Object.entries(listeners)) socket.off(event, listener);
    },
  };
}

export function openConnections(): Connections {
  const open = new Set<Socket>();
  const kept: Connection[] = [];
  return {
    take: () => {
      let next = kept.pop();
      // Closed, and its event is yet to come.
      while (next?.socket.destroyed) next = kept.pop();
      next?.socket.ref();
      return next;
    },
    add: (link) => {
      const { socket } = link;
      const connection = connectionOver(link);
      open.add(socket);
      socket.once('close', () => {
        open.delete(socket);
        const at = kept.indexOf(connection);
        if (at >= 0) kept.splice(at, 1);
      });
      return connection;
    },
    keep: (connection) => {
      connection.use(idle(connection.socket));
      connection.socket.resume();
      connection.socket.unref();
      kept.push(connection);
    },
    close: () => {
      for (const socket of open) socket.destroy();
    },
  };
}
