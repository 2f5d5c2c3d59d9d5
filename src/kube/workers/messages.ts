import { TransportError } from '../transport/error.ts';
import { type Limits, msUntil, noDeadline } from '../transport/limits.ts';
import type { ServerAddress } from '../transport/server-address.ts';
import type { HttpResponse, Request } from '../transport/transport.ts';

export interface RequestMessage extends Pick<Request, 'method' | 'path' | 'headers' | 'joinsJson'> {
  /** By their numbers: requests to one server share connections, and many servers have the same settings. */
  readonly server: number;
  readonly settings: number;
  readonly address: ServerAddress;
  /** Their deadline in ms from now on, if they have one: processes do not have the same clock. */
  readonly limits: SentLimits;
}

type SentLimits = Omit<Limits, 'deadline'> & { readonly leftMs?: number };

export type HeadMessage = Omit<HttpResponse, 'body' | 'socket'>;

export interface EndMessage {
  /** See `Body`. */
  readonly joinedFrom?: number | undefined;
}

export function limitsToSend({ deadline, ...limits }: Limits): SentLimits {
  return deadline === noDeadline ? limits : { ...limits, leftMs: msUntil(deadline) };
}

export function limitsSent({ leftMs = noDeadline, ...limits }: SentLimits): Limits {
  return { ...limits, deadline: performance.now() + leftMs };
}

/** The parts of an error that messages use: not its stack. */
export function encodeError({ stage, code, message, cause, received }: TransportError): string {
  const causeMessage = cause instanceof Error ? cause.message : undefined;
  return JSON.stringify({ stage, code, message, received, causeMessage });
}

export function decodeError(json: string): TransportError {
  const { stage, code, message, received, causeMessage } = JSON.parse(json) as Pick<
    TransportError,
    'stage' | 'code' | 'message' | 'received'
  > & { readonly causeMessage?: string };
  const cause = causeMessage === undefined ? undefined : new Error(causeMessage);
  return new TransportError(stage, code, cause, message, received);
}

/** In bytes: when so much of a body is on its way, a worker waits until it is told that some was read. */
export const mostUnread: number = 256 * 1024;
/** In bytes: the amount that it acknowledges at once. */
export const readAtOnce: number = 128 * 1024;
