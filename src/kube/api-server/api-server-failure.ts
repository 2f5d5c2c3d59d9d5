import { Failure } from '../../errors.ts';
import type { Known } from '../../known.ts';
import { type Status, status } from '../../objects.ts';
import { parseChecked } from '../../schema.ts';
import type { TextResponse } from '../transport/transport.ts';

/** An error response of the API server: its Status, or the text of a proxy or kubelet that answered in its place. */
export class ApiServerFailure extends Failure {
  readonly status: number;
  /** Reason in the Status, such as `NotFound`; empty for a response that is not a Status. */
  readonly reason: string;
  /** The message of the server, without `Error from server`. */
  readonly words: string;

  constructor(status: number, reason: string, words: string) {
    if (status === 401) super('You must be logged in to the server (Unauthorized)');
    else super(`${reason && `(${reason})`}: ${words}`, { prefix: 'Error from server ' });
    this.status = status;
    this.reason = reason;
    this.words = words;
  }
}

/** Returns undefined if the API server responded with an error; rethrows other errors. */
export async function orUndefined<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof ApiServerFailure) return undefined;
    throw error;
  }
}

/** Returns a denial (403) as an unknown value, for callers that continue without the response; rethrows other errors. */
export async function knownUnlessDenied<T>(asked: Promise<T>): Promise<Known<T>> {
  try {
    return { found: await asked };
  } catch (error) {
    if (isForbidden(error)) return { unknown: error.words };
    throw error;
  }
}

/** Returns a failure with the content of a Status, or with the plain text of a proxy or kubelet that answered in the API server's place. */
export function apiServerFailure({ status: code, text }: TextResponse): ApiServerFailure {
  const parsed = parseStatus(text);
  if (parsed) return new ApiServerFailure(code, parsed.reason ?? '', parsed.message ?? '');
  return new ApiServerFailure(code, '', text.trim().slice(0, 1000) || `HTTP ${code}`);
}

/** Whether the API server says that an object does not exist. A 404 from a proxy or kubelet does not count. */
export function isNotFound(error: unknown): boolean {
  return error instanceof ApiServerFailure && error.status === 404 && error.reason === 'NotFound';
}

export function isForbidden(error: unknown): error is ApiServerFailure {
  return error instanceof ApiServerFailure && error.status === 403;
}

/** Returns the Status that the API server sent itself; undefined for the answer of a kubelet, whatever it reads as. */
export function statusOfApiServer({ text, isForged }: TextResponse): Status | undefined {
  return isForged ? undefined : parseStatus(text);
}

export function parseStatus(text: string): Status | undefined {
  return text.startsWith('{') ? parseChecked(status, text) : undefined;
}
