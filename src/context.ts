import type { BaseContext } from 'clipanion';
import type { Secrets } from './text/secrets.ts';

/** Everything outside the program that it may use. Only main.ts creates a real one. */
export interface World extends BaseContext {
  readonly cwd: string;
  /** Aborted by SIGINT, SIGTERM and SIGHUP. */
  readonly signal: AbortSignal;
  /** Aborted when nobody reads standard output any more. */
  readonly outputClosed?: AbortSignal;
  /** Contents of files that cannot be read twice, or that are in no file system. */
  readonly pipes?: Map<string, Buffer>;
}

/** The part of a World that a command may use: its streams mask secrets, and its signal also ends a command that only prints. */
export interface Context extends World {
  /** Whatever must not be printed is added here as soon as it is known. */
  readonly secrets: Secrets;
  /** Contents of pipes that were read as files. */
  readonly pipes: Map<string, Buffer>;
}
