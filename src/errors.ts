import { hintLine } from './text/command.ts';
import { cutText, escapeControl, escapeControlBlock, escapeControlLine } from './text/escape.ts';
import type { FailedRead } from './text/render-row-list.ts';

export const exitCodes = {
  ok: 0,
  error: 1,
  usage: 2,
  unmet: 3,
  someFailed: 4,
  defect: 70,
  interrupted: 130,
  /** The code that shells report for a process killed by SIGPIPE. */
  outputClosed: 141,
} as const;

/** How a command ended, and how many of its parts, such as nodes, failed. */
export interface Outcomes {
  readonly signal?: AbortSignal | undefined;
  /** Whether a condition that the command checks is not met. */
  readonly isUnmet?: boolean | undefined;
  /** Exit code that the command decided on; undefined if it follows from `failed` and `isPartial`. */
  readonly verdict?: number | undefined;
  readonly all?: number;
  readonly failed?: number;
  /** Whether something other than a failed part is missing from the result. */
  readonly isPartial?: boolean | undefined;
}

/** Returns the exit code for outcomes. An interrupt takes precedence, then a condition that is not met, then a verdict. */
export function exitCodeOf(outcomes: Outcomes): number {
  const { signal, isUnmet, verdict, all, failed = 0, isPartial } = outcomes;
  if (signal?.aborted) return exitCodes.interrupted;
  if (isUnmet) return exitCodes.unmet;
  if (verdict !== undefined) return verdict;
  if (failed > 0 && failed === all) return exitCodes.error;
  return failed > 0 || isPartial ? exitCodes.someFailed : exitCodes.ok;
}

/** Printed before the text of a detail. Short reports choose details by their labels. */
type Label = 'why' | 'missing' | 'remedy' | 'directly' | 'through the API server';

/** A line between the message and the hints of a failure. */
export interface Detail {
  readonly label?: Label | undefined;
  readonly text: string;
}

/** Lines in order, or texts by their labels. An empty text is left out. */
export type Details = readonly (Detail | string)[] | Readonly<Partial<Record<Label, string>>>;

export function detailsOf(details: Details): readonly Detail[] {
  if (Symbol.iterator in details)
    return details.map((each) => (typeof each === 'string' ? { text: each } : each));
  const labels = Object.keys(details) as readonly Label[];
  return labels.flatMap((label) => (details[label] ? { label, text: details[label] } : []));
}

export function formatDetail({ label, text }: Detail): string {
  return label === undefined ? text : `${label}: ${text}`;
}

export interface FailureOptions {
  readonly cause?: unknown;
  readonly details?: Details;
  /** Commands to copy and paste, or advice. They are printed after the details. */
  readonly hints?: readonly string[];
  /** Text before the message: `error: ` by default, `Error from server ` for a server's message, as kubectl prints it. */
  readonly prefix?: string;
  readonly exitCode?: number;
  readonly kind?: FailureKind | undefined;
}

/** Kinds of failures that callers have to distinguish although they have the same class. */
type FailureKind =
  /** No response came from the API server. Kubelets may still answer direct requests. */
  | 'API server unreachable'
  /** A role or binding would grant permissions that the caller does not have. */
  | 'invalid node'
  /** A container does not have the command that it was to run. */
  | 'no command'
  /**
   * Kubelets cannot be called directly. Either the context has no credential that kubelets accept and may receive, or it has no CA to
   * verify kubelets.
   */
  | 'no direct path'
  /** A kubelet did not serve the request: see `KubeletFailure`. */
  | 'kubelet'
  /** A log is not text. It is not printed, because a terminal might interpret its bytes as commands. */
  | 'not-text'
  | 'unknown user'
  /** The kind or form of a response is not as the API defines it. */
  | 'unreadable'
  /** A file of this machine cannot be read or written. */
  | 'file';

/** Maximum number of characters of a message, because a server may send megabytes. */
const longestMessage = 4000;

/** A failure with a known reason, printed without a stack. The exit code is 1 unless the options set another. */
export class Failure extends Error {
  readonly exitCode: number;
  readonly details: readonly Detail[];
  readonly hints: readonly string[];
  readonly prefix: string;
  readonly kind: FailureKind | undefined;

  constructor(message: string, options: FailureOptions = {}) {
    super(
      cutText(message, longestMessage),
      'cause' in options ? { cause: options.cause } : undefined,
    );
    this.details = detailsOf(options.details ?? []).map(({ label, text }) => ({
      label,
      text: cutText(text, longestMessage),
    }));
    this.hints = options.hints ?? [];
    this.prefix = options.prefix ?? 'error: ';
    this.exitCode = options.exitCode ?? exitCodes.error;
    this.kind = options.kind;
  }
}

export function isFailure(error: unknown, kind: FailureKind): error is Failure {
  return error instanceof Failure && error.kind === kind;
}

/** Returns a copy of the failure in which `options` replace its own values. The copy has no `kind`, unless `options` set it. */
export function reworded(failure: Failure, options: FailureOptions): Failure {
  const { message, prefix, cause, details, hints, exitCode } = failure;
  return new Failure(message, { prefix, cause, details, hints, exitCode, ...options });
}

export function messageOf({ prefix, message }: Failure): string {
  return prefix === 'error: ' ? message : prefix + message;
}

/** Whether the detail says why the direct request, or the request through the API server, failed. */
export function isOfPath({ label }: Detail): boolean {
  return label === 'directly' || label === 'through the API server';
}

function sentenceOf(failure: Failure): string {
  return [messageOf(failure), ...failure.details.filter(isOfPath).map(formatDetail)].join('; ');
}

/**
 * Returns the fields of a failure in JSON, except its cause.
 * @param mask hides secrets that a server has echoed
 */
export function failureFields(
  failure: Failure,
  mask: (text: string) => string,
): Pick<FailedRead, 'message' | 'hint'> {
  const [hint] = failure.hints;
  return { message: mask(sentenceOf(failure)), hint: hint === undefined ? hint : mask(hint) };
}

/** Returns a Failure in place of throwing it. Throws other errors. */
export async function orFailure<T>(made: Promise<T>): Promise<T | Failure> {
  try {
    return await made;
  } catch (error) {
    if (error instanceof Failure) return error;
    throw error;
  }
}

export async function orThrow<T>(
  asked: Promise<T>,
  explain: (error: unknown) => unknown,
): Promise<T> {
  try {
    return await asked;
  } catch (error) {
    throw explain(error);
  }
}

export class UsageFailure extends Failure {
  override readonly exitCode = exitCodes.usage;
}

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

/** Returns the failure `--all and --node cannot be used together: why`. */
export function notTogether(
  first: string,
  second: string,
  { why, hints = [] }: { readonly why?: string; readonly hints?: readonly string[] } = {},
): UsageFailure {
  const message = `${first} and ${second} cannot be used together`;
  return new UsageFailure(why === undefined ? message : `${message}: ${why}`, { hints });
}

/**
 * The reader closed standard output, as `head` does. The exit code is 0. For commands that relay an exit code, it is 141, because their
 * output was cut off.
 */
export class OutputClosed extends Error {
  readonly exitCode: number;

  constructor(exitCode: number = exitCodes.ok) {
    super('nobody reads the output');
    this.exitCode = exitCode;
  }
}

/** The program received SIGINT, SIGTERM, SIGHUP or SIGQUIT. The exit code is 130. */
export class Interrupted extends Error {
  constructor() {
    super('interrupted');
  }
}

/** With `causes`, the text includes the messages of the causes of the error. */
export function formatError(
  error: unknown,
  causes: boolean,
): { readonly text: string; readonly exitCode: number } {
  if (error instanceof OutputClosed) return { text: '', exitCode: error.exitCode };
  if (error instanceof Interrupted) return { text: '', exitCode: exitCodes.interrupted };
  if (error instanceof Failure) {
    const lines = [
      escapeControlBlock(`${error.prefix}${error.message}`),
      // A name in a detail may have a line break, and must not look like a hint.
      ...error.details.map((detail) => escapeControlLine(formatDetail(detail))),
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
  // An error may repeat the message of its cause.
  return [...new Set(messages)];
}
