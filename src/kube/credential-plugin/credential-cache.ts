import type { Writable } from 'node:stream';
import { Failure, orFailure } from '../../errors.ts';
import { escapeControlLine } from '../../text/escape.ts';
import type { ExecCredential } from './exec-credential.ts';

export interface ExecCredentials {
  /** Rethrows errors of the run. As in kubectl, a credential that has already expired is used once. */
  current(signal: AbortSignal): Promise<ExecCredential>;
  /**
   * Call it after a 401 to `used`: it renews the credential for the next request, unless that has already happened. A
   * Failure is printed as a warning, as the 401 is the error to report.
   */
  refresh(used: ExecCredential, signal: AbortSignal): Promise<void>;
}

/**
 * Caches the credential of a plugin: the plugin runs once, and again after the credential has expired or after a 401.
 * Concurrent callers share one run, which the signal of the first one aborts.
 */
export function cacheCredential(
  run: (signal: AbortSignal) => Promise<ExecCredential>,
  stderr: Writable,
  now: () => number = Date.now,
): ExecCredentials {
  let credential: ExecCredential | undefined;
  let isRefreshed = false;
  let running: Promise<ExecCredential> | undefined;
  const renew = (signal: AbortSignal) => {
    running ??= run(signal)
      .then((renewed) => {
        credential = renewed;
        return renewed;
      })
      .finally(() => {
        running = undefined;
      });
    return running;
  };
  return {
    current: async (signal) => {
      const kept = credential;
      const fresh = kept !== undefined && now() <= (kept.expires ?? Infinity);
      if (fresh && !running) return kept;
      try {
        return await renew(signal);
      } catch (error) {
        // Only a refresh failed: the cached credential is still valid.
        if (fresh && error instanceof Failure) return kept;
        throw error;
      }
    },
    refresh: async (used, signal) => {
      if (used !== credential || isRefreshed) return;
      // Only once: a server that rejects a new credential also rejects the next one.
      isRefreshed = true;
      const renewed = await orFailure(renew(signal));
      if (renewed instanceof Failure)
        stderr.write(`warning: after 401 Unauthorized: ${escapeControlLine(renewed.message)}\n`);
    },
  };
}
