import type { Writable } from 'node:stream';
import { Failure, orFailure } from '../../errors.ts';
import { escapeControlLine } from '../../text/escape.ts';
import type { ExecCredential } from '../credential-plugin/exec-credential.ts';
import type { UserInfo } from '../transport/url.ts';
import { type Credential, type Credentials, credentialOf } from './credentials.ts';

export type ExpiringCredential = Credential & Pick<ExecCredential, 'expires'>;

/** Returns the credential of a plugin. User and password in the server's URL replace its token, but not its certificate. */
export function fromPlugin(
  { token, clientCertificate, expires }: ExecCredential,
  user: UserInfo | undefined,
): ExpiringCredential {
  return { ...credentialOf({ user, token, clientCertificate }), expires };
}

/**
 * Caches the credential of a plugin, which runs once, and again after the credential has expired or after a 401. Concurrent callers share
 * one run, which the first caller's signal aborts. As in kubectl, a credential that has already expired is used once. If the run after a
 * 401 fails, the Failure is a warning, because the 401 is the error to report.
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
        // Only a refresh failed: the cached credential is still valid.
        if (fresh && error instanceof Failure) return kept;
        throw error;
      }
    },
    rejected: async (used, signal) => {
      if (used !== credential || isRefreshed) return;
      // Only once: a server that rejects a new credential also rejects the next one.
      isRefreshed = true;
      const renewed = await orFailure(renew(signal));
      if (renewed instanceof Failure)
        stderr.write(`warning: after 401 Unauthorized: ${escapeControlLine(renewed.message)}\n`);
    },
  };
}
