import type { Failure } from '../../../errors.ts';
import type { Cause } from '../../../kubelet/causes/causes.ts';
import type { Value } from '../../../text/column.ts';
import type { Timing } from './render-timing.ts';

/** A flat record, whose keys are those of columns. */
export type Row = Readonly<Record<string, Value>>;

/** Labels of a Kubernetes object. */
export type Labels = Readonly<Record<string, string>>;

/** Which kubelet a result is of. */
export interface CalledKubelet {
  /** For messages: the name of the node, or the address. */
  readonly name: string;
  readonly node: string | undefined;
  /** `HOST:PORT` of a direct request. */
  readonly address: string | undefined;
  readonly via: 'direct' | 'apiserver';
  /** How long it took, to the end of the body. */
  readonly ms: number;
}

/** A response below 400, read to its end. */
export interface Answered extends CalledKubelet {
  readonly status: number;
  readonly bytes: number;
  /** Where a redirect points. */
  readonly location?: string | undefined;
  /** Only if it is to be printed. */
  readonly timing?: Timing | undefined;
  /** `HTTP/1.1 200 OK` and headers; only if they are to be printed. */
  readonly head: OutcomeHead | undefined;
  /** Undefined if it is in a file, or read into rows. */
  readonly body: Body | undefined;
  /** Rows that a row command shows. */
  readonly rows?: readonly Row[];
  /** Paths that could not be read, which rows lack. */
  readonly unread?: readonly Unread[];
}

export interface Unread {
  readonly path: string;
  readonly failure: Failure;
}

export interface OutcomeHead {
  readonly line: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
}

export type Body =
  /** Valid, in one line. */
  | { readonly kind: 'json'; readonly line: string | Buffer }
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'binary'; readonly bytes: Buffer };

/** Why a node has no response: a cause, an interrupt, or a response that cannot be passed on. */
export type FailedCause = Cause | 'interrupted' | UnusableCause;

/** Why a body cannot be passed on. */
export type UnusableCause = 'response too large' | 'not text' | 'unexpected response';

export interface Failed extends CalledKubelet {
  readonly status: number | undefined;
  readonly cause: FailedCause;
  /** Whether a time limit of ours ended it. */
  readonly timedOut: boolean;
  readonly failure: Failure;
  /** Rows of an error response. */
  readonly rows?: readonly Row[];
  /** Whether an interrupt came before the request. */
  readonly notCalled?: boolean;
}

export type Outcome = Answered | Failed;

export function isFailed(outcome: Outcome): outcome is Failed {
  return 'failure' in outcome;
}
