import { Failure, Interrupted, UsageFailure } from '../errors.ts';
import { interrupted, type Known, type Unknown } from '../known.ts';
import { oneLine } from '../kubelet/authorization-result.ts';
import { ApiServerFailure } from './api-server/api-server-failure.ts';

/**
 * Returns the result of `read`, or why it failed, so that the command can continue with other requests. Rethrows errors that other requests
 * would have, too: an invalid command line, or a credential that the API server does not accept.
 *
 * @param needs permission that `read` needs, such as `list nodes`
 */
export async function readOrNote<T>(read: () => T | Promise<T>, needs?: string): Promise<Known<T>> {
  try {
    return { found: await read() };
  } catch (error) {
    return noteFailure(error, needs);
  }
}

function noteFailure(error: unknown, needs: string | undefined): Unknown {
  if (error instanceof Interrupted) return interrupted;
  if (!(error instanceof Failure) || error instanceof UsageFailure) throw error;
  if (error.kind === 'unreadable') return { unknown: oneLine(error.message), unreadable: true };
  if (!(error instanceof ApiServerFailure)) return { unknown: oneLine(error.message) };
  if (error.status === 401) throw error;
  if (error.status === 403)
    return { unknown: oneLine(error.words), ...(needs !== undefined && { needs }) };
  return { unknown: `the API server answered ${error.status}: ${oneLine(error.words)}` };
}
