import { within } from '../within.ts';
import { connect, type Endpoint, newOpening } from './connect.ts';
import { TransportError } from './error.ts';
import { type Limits, msUntil } from './limits.ts';
import type { VerifiedSocket } from './verified-socket.ts';

/** Connects and verifies the peer, within the limits. Throws what `connect` throws, or Interrupted. */
export async function connectWithin(
  peer: Endpoint,
  limits: Pick<Limits, 'connectMs' | 'deadline'>,
  signal: AbortSignal,
): Promise<VerifiedSocket> {
  const opening = newOpening();
  const late = () => new TransportError(opening.stage, 'timeout');
  const ms = Math.min(limits.connectMs, msUntil(limits.deadline));
  try {
    return await within(signal, ms, late, () => connect(peer, opening));
  } catch (error) {
    opening.cancel();
    throw error;
  }
}
