import type { FailedNode } from '../../../cli/tally.ts';
import type { Failure } from '../../../errors.ts';
import type { Cause } from '../../../kubelet/causes/causes.ts';
import type { Value } from '../../../text/column.ts';
import type { Timing } from './render-timing.ts';

export type Row = Readonly<Record<string, Value>>;

export type Labels = Readonly<Record<string, string>>;

export interface CalledKubelet {
  /** Name for messages: the name of the node, or the address. */
  readonly name: string;
  readonly node: string | undefined;
  /** `HOST:PORT` of a direct request. */
  readonly address: string | undefined;
  readonly via: 'direct' | 'apiserver';
  /** Duration in ms, to the end of the body. */
  readonly ms: number;
}

/** A response below 400, read to its end. */
export interface Answered extends CalledKubelet {
  readonly status: number;
  readonly bytes: number;
  /** Target of a redirect. */
  readonly location?: string | undefined;
  /** Set only if it is printed. */
  readonly timing?: Timing | undefined;
  /** Set only if it is printed. */
  readonly head: PrintedHead | undefined;
  /** Undefined if the body was written to a file or read into rows. */
  readonly body: PrintedBody | undefined;
  readonly rows?: readonly Row[];
  /** Paths that were requested in addition, to complete the rows, and could not be read. */
  readonly unread?: readonly Unread[];
  /** Number of pods that have ended, and therefore have no rows. */
  readonly ended?: number;
}

export interface Unread {
  readonly path: string;
  readonly failure: Failure;
}

export interface PrintedHead {
  readonly status: number;
  readonly statusText: string;
  /** Names and values in turn, as the server sent them. */
  readonly rawHeaders: readonly string[];
}

export type PrintedBody =
  /** Valid JSON in one line. */
  | { readonly kind: 'json'; readonly line: string | Buffer }
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'binary'; readonly bytes: Buffer };

export type FailedCause = Cause | 'interrupted' | UnusableCause;

export type UnusableCause = 'response-too-large' | 'not-text' | 'unexpected-response';

export interface Failed extends CalledKubelet, FailedNode {
  readonly status: number | undefined;
  readonly cause: FailedCause;
  /** Rows of an error response. */
  readonly rows?: readonly Row[];
  /** Whether an interrupt came before the request. */
  readonly notCalled?: boolean;
}

export type CallOutcome = Answered | Failed;

export function isFailed(outcome: CallOutcome): outcome is Failed {
  return 'failure' in outcome;
}
