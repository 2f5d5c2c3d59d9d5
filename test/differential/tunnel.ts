import { connect, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Recording } from './recording.ts';

/** Gives the port to go to for a HOST:PORT, whatever the name: nothing is resolved, and all is loopback. */
export type PortOf = (target: string) => number;

/** A connection to a server of ours, which will know the proxy by its port. */
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
