import { Failure } from '../../errors.ts';
import type { Status } from '../../objects.ts';
import type { TextAnswer } from '../transport/transport.ts';

/** An error answer of the API server: its Status, or the text of a proxy or kubelet that answered in its place. */
export class ApiServerFailure extends Failure {
  readonly status: number;
  /** The message of the server, without `Error from server`. */
  readonly words: string;

  constructor(status: number, reason: string, words: string) {
    if (status === 401) super('You must be logged in to the server (Unauthorized)');
    else super(`${reason && `(${reason})`}: ${words}`, { prefix: 'Error from server ' });
    this.status = status;
    this.words = words;
  }
}

/** Undefined for an error answer of the API server; other errors are rethrown. */
export async function orUndefined<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof ApiServerFailure) return undefined;
    throw error;
  }
}

/** Parses a Status, or the plain text of a proxy or kubelet that answered in the API server's place. */
export function apiServerFailure({ status, text }: TextAnswer): ApiServerFailure {
  const parsed = parseStatus(text);
  if (parsed) return new ApiServerFailure(status, parsed.reason ?? '', parsed.message ?? '');
  return new ApiServerFailure(status, '', text.trim().slice(0, 1000) || `HTTP ${status}`);
}

/** Undefined if the text is not a Status. */
export function parseStatus(text: string): Status | undefined {
  if (!text.startsWith('{')) return undefined;
  try {
    const value = JSON.parse(text) as Status;
    return value.kind === 'Status' ? value : undefined;
  } catch {
    return undefined;
  }
}
