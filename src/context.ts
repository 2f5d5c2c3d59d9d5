import type { BaseContext } from 'clipanion';

/** All that a command may use of the world outside; only main.ts makes a real one. */
export interface Context extends BaseContext {
  readonly cwd: string;
  /** Aborted when the user or the system ends the program. */
  readonly signal: AbortSignal;
}
