import type { Writable } from 'node:stream';
import { Failure } from '../../errors.ts';
import { escapeControlLine } from '../../text/escape.ts';
import type { ExecCredential } from './exec-credential.ts';

/**
 * Caches the credential of a plugin: the plugin runs once, and again after the credential has expired or after a 401.
 * Concurrent callers share one run, which the signal of the first one aborts.
 */
export class ExecCredentials {
  readonly #run: (signal: AbortSignal) => Promise<ExecCredential>;
  readonly #stderr: Writable;
  readonly #now: () => number;
  #credential: ExecCredential | undefined;
  #refreshed = false;
  #running: Promise<ExecCredential> | undefined;

  constructor(
    run: (signal: AbortSignal) => Promise<ExecCredential>,
    stderr: Writable,
    now = Date.now,
  ) {
    this.#run = run;
    this.#stderr = stderr;
    this.#now = now;
  }

  /** Rethrows errors of the run. As in kubectl, a credential that has already expired is used once. */
  async current(signal: AbortSignal): Promise<ExecCredential> {
    const kept = this.#credential;
    const fresh = kept !== undefined && this.#now() <= (kept.expires ?? Infinity);
    if (fresh && !this.#running) return kept;
    try {
      return await this.#renew(signal);
    } catch (error) {
      // Only a refresh failed: the cached credential is still valid.
      if (fresh && error instanceof Failure) return kept;
      throw error;
    }
  }

  /**
   * Call it after a 401 to `used`: it renews the credential for the next request, unless that has already happened. A
   * Failure is printed as a warning, as the 401 is the error to report.
   */
  async refresh(used: ExecCredential, signal: AbortSignal): Promise<void> {
    if (used !== this.#credential || this.#refreshed) return;
    // Only once: a server that rejects a new credential also rejects the next one.
    this.#refreshed = true;
    try {
      await this.#renew(signal);
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      this.#stderr.write(`warning: after 401 Unauthorized: ${escapeControlLine(error.message)}\n`);
    }
  }

  #renew(signal: AbortSignal): Promise<ExecCredential> {
    this.#running ??= this.#run(signal)
      .then((credential) => {
        this.#credential = credential;
        return credential;
      })
      .finally(() => {
        this.#running = undefined;
      });
    return this.#running;
  }
}
