import { escapeControl, escapeControlLine } from './text/escape.ts';

/** What the program ends with. */
export const exitCodes = {
  ok: 0,
  error: 1,
  usage: 2,
  unmet: 3,
  someFailed: 4,
  defect: 70,
  interrupted: 130,
} as const;

interface FailureOptions {
  readonly cause?: unknown;
  /** Lines between the sentence and the hint. */
  readonly details?: readonly string[];
  /** Commands or advice that the reader can use as they stand. */
  readonly hints?: readonly string[];
  /** In place of `error: `, where a server's words are repeated as kubectl does. */
  readonly prefix?: string;
}

/** A failure that is understood: told in a sentence, never with a stack. Exit 1. */
export class Failure extends Error {
  readonly exitCode: number = exitCodes.error;
  readonly details: readonly string[];
  readonly hints: readonly string[];
  readonly prefix: string;

  constructor(message: string, options: FailureOptions = {}) {
    super(message, 'cause' in options ? { cause: options.cause } : undefined);
    this.details = options.details ?? [];
    this.hints = options.hints ?? [];
    this.prefix = options.prefix ?? 'error: ';
  }
}

/** What it came to, or why not. */
export async function orFailure<T>(made: Promise<T>): Promise<T | Failure> {
  try {
    return await made;
  } catch (error) {
    if (error instanceof Failure) return error;
    throw error;
  }
}

/** The command line is wrong. Exit 2. */
export class UsageFailure extends Failure {
  override readonly exitCode = exitCodes.usage;
}

/** The reader of our output went away: nothing to tell anyone. Exit 0. */
export class OutputClosed extends Error {}

/** Ctrl-C, or a signal to end. Exit 130. */
export class Interrupted extends Error {
  constructor() {
    super('interrupted');
  }
}

/** How an error is told on stderr, and what the program ends with. With `causes`, also what lies behind it. */
export function formatError(
  error: unknown,
  causes: boolean,
): { readonly text: string; readonly exitCode: number } {
  if (error instanceof OutputClosed) return { text: '', exitCode: exitCodes.ok };
  if (error instanceof Interrupted) return { text: '', exitCode: exitCodes.interrupted };
  if (error instanceof Failure) {
    const lines = [
      `${error.prefix}${error.message}`,
      // Names of others stand in these: one with a line end must not look like a hint of ours.
      ...error.details.map(escapeControlLine),
      ...error.hints.map((hint) => escapeControlLine(`hint: ${hint}`)),
    ];
    if (causes) lines.push(...causesOf(error).map((message) => `cause: ${message}`));
    return { text: `${escapeControl(lines.join('\n'))}\n`, exitCode: error.exitCode };
  }
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return {
    text: `error: this is a defect of kubectl-kubeletaccess; please report it with these lines:\n${stack}\n`,
    exitCode: exitCodes.defect,
  };
}

function causesOf(error: Error): string[] {
  const messages: string[] = [];
  for (let cause = error.cause; cause instanceof Error && messages.length < 10; cause = cause.cause)
    messages.push(cause.message);
  // A wrapper that has nothing to add repeats what it wraps.
  return [...new Set(messages)];
}
