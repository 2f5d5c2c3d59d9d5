import type { BaseContext } from 'clipanion';

/** Everything outside the program that a command may use. Only main.ts creates a real one. */
export interface Context extends BaseContext {
  readonly cwd: string;
  /** Aborted by SIGINT and SIGTERM. */
  readonly signal: AbortSignal;
}
