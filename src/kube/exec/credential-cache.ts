import type { Writable } from 'node:stream';
import { Failure } from '../../errors.ts';
import { escapeControl } from '../../text/escape.ts';
import type { ExecCredential } from './exec-credential.ts';

/**
 * A plugin's credential, kept: the plugin runs at most once, and again when the credential has expired or a server said 401.
 * Callers at the same time share one run, which the first one's signal ends.
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

  /** Throws what the run throws. A credential that is born expired is used once, as kubectl does. */
  async current(signal: AbortSignal): Promise<ExecCredential> {
    const kept = this.#credential;
    const fresh = kept !== undefined && this.#now() <= (kept.expires ?? Infinity);
    if (fresh && !this.#running) return kept;
    try {
      return await this.#renew(signal);
    } catch (error) {
      // It was another's refresh that failed.
      if (fresh && error instanceof Failure) return kept;
      throw error;
    }
  }

  /**
   * To be called after a 401 to `used`: the next request has another credential, unless this one was replaced meanwhile. A
   * failure is only told, for the 401 says more.
   */
  async refresh(used: ExecCredential, signal: AbortSignal): Promise<void> {
    if (used !== this.#credential || this.#refreshed) return;
    // Once: a server that refuses what is fresh will refuse the next one.
    this.#refreshed = true;
    try {
      await this.#renew(signal);
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      this.#stderr.write(`warning: after a 401, ${escapeControl(error.message)}\n`);
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
