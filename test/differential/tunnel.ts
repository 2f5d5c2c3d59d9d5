import { connect, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Recording } from './recording.ts';

/** Returns the local port for a HOST:PORT. All servers are on loopback, so no name is resolved. */
export type PortOf = (target: string) => number;

/** Connects to a server for a proxy, and records the local port, by which the server identifies the proxy. */
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
