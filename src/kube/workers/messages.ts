import { TransportError } from '../transport/error.ts';
import { type Limits, msUntil, noDeadline } from '../transport/limits.ts';
import type { ServerAddress } from '../transport/server-address.ts';
import type { HttpResponse, Request } from '../transport/transport.ts';

export interface RequestMessage extends Pick<Request, 'method' | 'path' | 'headers' | 'joinsJson'> {
  /**
   * Numbers that identify the server and the TLS settings. There are two, because requests to one server share connections, and many
   * servers have the same settings.
   */
  readonly server: number;
  readonly settings: number;
  readonly address: ServerAddress;
  /** The deadline is sent as the ms that are left until then, because two processes do not share a clock. */
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

/** Encodes the parts of an error that messages need; leaves out its stack. */
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

/** While the main process has this number of unread bytes of a body, the worker sends no more of the body. */
export const mostUnread: number = 256 * 1024;
/** The main process tells the worker each time it has read this number of bytes of a body. */
export const readAtOnce: number = 128 * 1024;
