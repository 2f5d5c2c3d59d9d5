import type { BaseContext } from 'clipanion';
import type { Secrets } from './text/secrets.ts';

/** Everything outside the program that it may use. Only main.ts creates a real one. */
export interface World extends BaseContext {
  readonly cwd: string;
  /** Aborted by SIGINT, SIGTERM and SIGHUP. */
  readonly signal: AbortSignal;
  /** Aborted when nobody reads standard output any more. */
  readonly outputClosed?: AbortSignal;
  /** What files hold that cannot be read again, or are in no file system. */
  readonly pipes?: Map<string, Buffer>;
}

/** What a command may use of it: its streams mask secrets, and its signal also ends a command that only prints. */
export interface Context extends World {
  /** Whatever must not be printed is added here as soon as it is known. */
  readonly secrets: Secrets;
  /** What pipes held that were read as files. */
  readonly pipes: Map<string, Buffer>;
}
