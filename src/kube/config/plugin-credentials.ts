import type { Writable } from 'node:stream';
import { Failure, orFailure } from '../../errors.ts';
import { escapeControlLine } from '../../text/escape.ts';
import type { ExecCredential } from '../credential-plugin/exec-credential.ts';
import type { UserInfo } from '../transport/url.ts';
import { type Credential, type Credentials, credentialOf } from './credentials.ts';

export type ExpiringCredential = Credential & Pick<ExecCredential, 'expires'>;

/** If the server's URL contains a user name and password, they replace the plugin's token, but not its certificate. */
export function fromPlugin(
  { token, clientCertificate, expires }: ExecCredential,
  user: UserInfo | undefined,
): ExpiringCredential {
  return { ...credentialOf({ user, token, clientCertificate }), expires };
}

/**
 * Caches the credential of a plugin. Runs the plugin once, and again after the credential has expired or after the first 401. Concurrent
 * callers share one run, which is aborted by the signal of the first caller. As in kubectl, a credential that is already expired when the
 * plugin prints it is used once. If the run after a 401 fails, only warns, because the 401 is the error to report.
 */
export function pluginCredentials(
  run: (signal: AbortSignal) => Promise<ExpiringCredential>,
  stderr: Writable,
  now: () => number = Date.now,
): Credentials {
  let credential: ExpiringCredential | undefined;
  let isRefreshed = false;
  let running: Promise<ExpiringCredential> | undefined;
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
        // Only a refresh failed: the cached credential has not expired.
        if (fresh && error instanceof Failure) return kept;
        throw error;
      }
    },
    rejected: async (used, signal) => {
      if (used !== credential || isRefreshed) return;
      // Refreshes only once, because a server that rejects a new credential would also reject the next one.
      isRefreshed = true;
      const renewed = await orFailure(renew(signal));
      if (renewed instanceof Failure)
        stderr.write(`warning: after 401 Unauthorized: ${escapeControlLine(renewed.message)}\n`);
    },
  };
}
