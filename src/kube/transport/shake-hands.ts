import { Interrupted } from '../../errors.ts';
import { onAbort } from '../on-abort.ts';
import { connect, newOpening, type Peer } from './connect.ts';
import { TransportError } from './error.ts';
import { type Limits, msUntil } from './limits.ts';
import type { Link } from './link.ts';

/** Connects, completes the TLS handshake, and ends the connection: no request is sent. Throws what `connect` throws, or Interrupted. */
export async function shakeHands(
  peer: Peer,
  limits: Pick<Limits, 'connectMs' | 'deadline'>,
  signal: AbortSignal,
): Promise<void> {
  const { socket } = await connectWithin(peer, limits, signal);
  // What is written goes out first: a kubelet logs a handshake that breaks off.
  socket.destroySoon();
}

/** Connects and verifies the peer, within the limits. Throws what `connect` throws, or Interrupted. */
export function connectWithin(
  peer: Peer,
  limits: Pick<Limits, 'connectMs' | 'deadline'>,
  signal: AbortSignal,
): Promise<Link> {
  return new Promise((resolve, reject) => {
    const opening = newOpening();
    const settle = () => {
      clearTimeout(timer);
      forget();
    };
    const fail = (error: unknown) => {
      settle();
      reject(error);
      opening.cancel();
    };
    const abort = () => fail(new Interrupted());
    const forget = onAbort(signal, abort);
    const end = (link: Link) => {
      settle();
      resolve(link);
    };
    const timer = setTimeout(
      () => fail(new TransportError(opening.stage, 'timeout')),
      Math.min(limits.connectMs, msUntil(limits.deadline)),
    );
    if (signal.aborted) abort();
    else connect(peer, opening).then(end, fail);
  });
}
