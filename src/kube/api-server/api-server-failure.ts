import { Failure } from '../../errors.ts';
import type { Status } from '../../objects.ts';
import type { TextAnswer } from '../transport/transport.ts';

/** What the API server said no with: its Status, or the text of whatever answered in its place. */
export class ApiServerFailure extends Failure {
  readonly status: number;
  /** The server's words, without `Error from server`. */
  readonly words: string;

  constructor(status: number, reason: string, words: string) {
    if (status === 401) super('You must be logged in to the server (Unauthorized)');
    else super(`${reason && `(${reason})`}: ${words}`, { prefix: 'Error from server ' });
    this.status = status;
    this.words = words;
  }
}

/** A refusal by the API server counts as not known; anything else is a failure. */
export async function orUndefined<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof ApiServerFailure) return undefined;
    throw error;
  }
}

/** Reads a Status, or the plain text of a proxy or a kubelet that answered in the API server's place. */
export function apiServerFailure({ status, text }: TextAnswer): ApiServerFailure {
  const parsed = parseStatus(text);
  if (parsed) return new ApiServerFailure(status, parsed.reason ?? '', parsed.message ?? '');
  return new ApiServerFailure(status, '', text.trim().slice(0, 1000) || `HTTP ${status}`);
}

/** A Status object, if the text is one. */
export function parseStatus(text: string): Status | undefined {
  if (!text.startsWith('{')) return undefined;
  try {
    const value = JSON.parse(text) as Status;
    return value.kind === 'Status' ? value : undefined;
  } catch {
    return undefined;
  }
}
