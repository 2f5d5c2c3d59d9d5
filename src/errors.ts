import { hintLine } from './text/command.ts';
import { cutText, escapeControl, escapeControlBlock, escapeControlLine } from './text/escape.ts';

export const exitCodes = {
  ok: 0,
  error: 1,
  usage: 2,
  unmet: 3,
  someFailed: 4,
  defect: 70,
  interrupted: 130,
  /** As a shell has it of a process that SIGPIPE ended. */
  outputClosed: 141,
} as const;

/** The exit code for several nodes; `isPartial` if something else is missing. */
export function exitCodeOf(all: number, failed: number, isPartial = false): number {
  if (failed === 0) return isPartial ? exitCodes.someFailed : exitCodes.ok;
  return failed === all ? exitCodes.error : exitCodes.someFailed;
}

export interface FailureOptions {
  readonly cause?: unknown;
  /** Lines between the message and the hints. */
  readonly details?: readonly string[];
  /** Commands to paste, or advice. */
  readonly hints?: readonly string[];
  /** In place of `error: `, where a server's words are repeated as kubectl repeats them. */
  readonly prefix?: string;
  readonly exitCode?: number;
  readonly kind?: FailureKind | undefined;
}

/** What callers tell apart, where the type and the exit code do not say it. */
export type FailureKind =
  /** No response came from the API server. What a kubelet can tell, it tells without it. */
  | 'API server unreachable'
  /** The writer of a role or binding does not have the permissions that it grants. */
  | 'escalation'
  /** An argument that cannot be the name of a node. */
  | 'invalid node'
  /** The context has no credential that kubelets accept or may see, or nothing to verify them with. The API server may still answer. */
  | 'no direct path'
  /** No kubelet served a request: `KubeletFailure`. */
  | 'kubelet'
  /** A log that a terminal would take for commands. */
  | 'not text'
  /** `--user` names no user of the kubeconfig. */
  | 'unknown user'
  /** A response of the API server of another kind, or in another form, than the API defines. */
  | 'unreadable';

/** In characters. A server may answer with megabytes. */
const longestMessage = 4000;

/** A known failure, printed without a stack. Exit 1, unless told. */
export class Failure extends Error {
  readonly exitCode: number;
  readonly details: readonly string[];
  readonly hints: readonly string[];
  readonly prefix: string;
  readonly kind: FailureKind | undefined;

  constructor(message: string, options: FailureOptions = {}) {
    super(
      cutText(message, longestMessage),
      'cause' in options ? { cause: options.cause } : undefined,
    );
    this.details = (options.details ?? []).map((detail) => cutText(detail, longestMessage));
    this.hints = options.hints ?? [];
    this.prefix = options.prefix ?? 'error: ';
    this.exitCode = options.exitCode ?? exitCodes.error;
    this.kind = options.kind;
  }
}

export function isFailure(error: unknown, kind: FailureKind): error is Failure {
  return error instanceof Failure && error.kind === kind;
}

/** The same failure with other words around its own. */
export function reworded(failure: Failure, options: FailureOptions): Failure {
  const { message, prefix, cause, details, hints, exitCode } = failure;
  return new Failure(message, { prefix, cause, details, hints, exitCode, ...options });
}

/** The message of a failure; the words of a server keep what stands in front of them. */
export function messageOf({ prefix, message }: Failure): string {
  return prefix === 'error: ' ? message : prefix + message;
}

/** Details that say why each of two paths failed. */
export const isPathDetail = (detail: string) =>
  /^(?:directly|through the API server): /.test(detail);

/** The message, and where two paths failed why, in one sentence. */
export function sentenceOf(failure: Failure): string {
  return [messageOf(failure), ...failure.details.filter(isPathDetail)].join('; ');
}

/** For callers that print details and hints of a failure as part of a report. */
export async function orFailure<T>(made: Promise<T>): Promise<T | Failure> {
  try {
    return await made;
  } catch (error) {
    if (error instanceof Failure) return error;
    throw error;
  }
}

/** An invalid command line. Exit 2. */
export class UsageFailure extends Failure {
  override readonly exitCode = exitCodes.usage;
}

/** A named Node that the API server does not have. */
export class NodeNotFound extends Failure {
  readonly node: string;
  readonly words: string;

  constructor(node: string, hints: readonly string[]) {
    const words = `nodes "${node}" not found`;
    super(`(NotFound): ${words}`, { prefix: 'Error from server ', hints });
    this.node = node;
    this.words = words;
  }
}

/** `--all and --node cannot be used together: why` */
export function notTogether(
  first: string,
  second: string,
  { why, hints = [] }: { readonly why?: string; readonly hints?: readonly string[] } = {},
): UsageFailure {
  const message = `${first} and ${second} cannot be used together`;
  return new UsageFailure(why === undefined ? message : `${message}: ${why}`, { hints });
}

/** Nobody reads our output any more. Exit 0, as what was asked for was read; another for a command that was cut off by that. */
export class OutputClosed extends Error {
  readonly exitCode: number;

  constructor(exitCode: number = exitCodes.ok) {
    super('nobody reads the output');
    this.exitCode = exitCode;
  }
}

/** SIGINT, SIGTERM, SIGHUP or SIGQUIT. Exit 130. */
export class Interrupted extends Error {
  constructor() {
    super('interrupted');
  }
}

/** The text of an error for stderr, and its exit code. With `causes`, also the errors behind it. */
export function formatError(
  error: unknown,
  causes: boolean,
): { readonly text: string; readonly exitCode: number } {
  if (error instanceof OutputClosed) return { text: '', exitCode: error.exitCode };
  if (error instanceof Interrupted) return { text: '', exitCode: exitCodes.interrupted };
  if (error instanceof Failure) {
    const lines = [
      escapeControlBlock(`${error.prefix}${error.message}`),
      // These hold names that others chose: one with a line end must not look like a hint.
      ...error.details.map(escapeControlLine),
      ...error.hints.map((hint) => escapeControlLine(hintLine(hint))),
    ];
    if (causes)
      lines.push(...causesOf(error).map((message) => escapeControlBlock(`cause: ${message}`)));
    return { text: `${lines.join('\n')}\n`, exitCode: error.exitCode };
  }
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return {
    text: `error: bug in kubectl-kubeletaccess, please report it with these lines:\n${escapeControl(cutText(stack, longestMessage))}\n`,
    exitCode: exitCodes.defect,
  };
}

function causesOf(error: Error): string[] {
  const messages: string[] = [];
  for (let cause = error.cause; cause instanceof Error && messages.length < 10; cause = cause.cause)
    messages.push(cutText(cause.message, longestMessage));
  // Wrappers may repeat the message of what they wrap.
  return [...new Set(messages)];
}
