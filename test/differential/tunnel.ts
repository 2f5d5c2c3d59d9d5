import { connect, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Recording } from './recording.ts';

/** Returns the local port of the server for HOST:PORT. Names are not resolved, because all servers listen on this machine. */
export type PortOf = (target: string) => number;

/** Connects a client of a proxy to a server. Records the local port of the connection, by which the server identifies the proxy. */
export function tunnel(recording: Recording, name: string, port: number, from: Duplex): Socket {
  const onward = connect(port, '127.0.0.1');
  onward.once('connect', () => recording.proxyOfPort.set(onward.localPort ?? 0, name));
  for (const [end, other] of [
    [onward, from],
    [from, onward],
  ] as const) {
    end.on('error', () => other.destroy());
    end.on('close', () => other.destroy());
  }
  return onward;
}
