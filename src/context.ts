import type { BaseContext } from 'clipanion';
import type { Secrets } from './text/secrets.ts';
import type { Unread } from './unread.ts';

/** The streams, environment, folder and signals that the program may use. Only main.ts creates a World from the process. */
export interface World extends BaseContext {
  readonly cwd: string;
  /** Aborted by SIGINT, SIGTERM and SIGHUP. */
  readonly signal: AbortSignal;
  /** Aborted when the reader closes standard output. */
  readonly outputClosed?: AbortSignal;
  /** Contents of pipes by path. A caller of `run` may set this field to supply files that are not in the file system. */
  readonly pipes?: Map<string, Buffer>;
}

/**
 * The World as a command sees it: `stdout` and `stderr` mask secrets. `signal` also aborts when the reader closes standard output, unless
 * the command has the property `writes`.
 */
export interface Context extends World {
  /** Texts that the streams mask. A secret is added as soon as it is known. */
  readonly secrets: Secrets;
  /** Contents of pipes that were read as files, by path. They are kept because a pipe can be read only once. */
  readonly pipes: Map<string, Buffer>;
  /** Objects that lists of the command leave out, because they cannot be read. They are noted when it ends. */
  readonly unread: Map<string, Unread>;
}
