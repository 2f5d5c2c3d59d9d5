import { sentenceOf } from '../../errors.ts';
import { escapeJson } from '../../text/escape.ts';
import {
  type Body,
  type FailedCause,
  isFailed,
  type Outcome,
  type OutcomeHead,
} from '../shared/fleet/outcome.ts';
import { roundTiming, type Timing } from '../shared/fleet/render-timing.ts';

/**
 * The object of `-o json`: the responses in the order of the nodes.
 * @public
 */
export interface ResponseList {
  readonly apiVersion: 'kubeletaccess/v1';
  readonly kind: 'KubeletResponseList';
  readonly items: readonly Envelope[];
}

/**
 * The response of one node, or why there is none. A line of `-o ndjson`.
 * @public
 */
export interface Envelope {
  /** Absent for a kubelet that was given by its address. */
  readonly node?: string | undefined;
  /** `HOST:PORT` of a direct request. */
  readonly address?: string | undefined;
  /** The path that the request took. */
  readonly via: 'direct' | 'apiserver';
  /**
   * Absent without an answer.
   *
   * @asType integer
   */
  readonly status?: number | undefined;
  /**
   * How long it took, to the end of the body.
   *
   * @asType integer
   */
  readonly ms: number;
  /** With --timing, in ms. */
  readonly timing?: Timing | undefined;
  /**
   * The length of the body.
   *
   * @asType integer
   */
  readonly bytes?: number;
  /** With --show-headers, by their names in lower case; a list where one came several times. */
  readonly headers?: Readonly<Record<string, string | readonly string[]>> | undefined;
  /** JSON unchanged, also numbers that JavaScript cannot represent, or text. */
  readonly body?: unknown;
  /** In place of `body` where it is not text. */
  readonly bodyBase64?: string;
  /** Why there is no body, as a word: a cause of `explain`. */
  readonly cause?: FailedCause;
  /** The same in a sentence. */
  readonly message?: string;
  /** A command that helps. */
  readonly hint?: string | undefined;
}

/** To be written one after the other. */
export type Pieces = readonly (string | Buffer)[];

/** The bytes before and after the items of a list. */
export const listStart: string = `${JSON.stringify({
  apiVersion: 'kubeletaccess/v1',
  kind: 'KubeletResponseList',
} satisfies Omit<ResponseList, 'items'>).slice(0, -1)},"items":[`;
export const listEnd = ']}';

/**
 * One line of JSON for one node, in pieces. A body that is JSON is embedded as its own text, so that every number stays as it came.
 * `mask` hides secrets that a server has repeated; bodies are not masked, and keep what does not show.
 */
export function renderEnvelope(outcome: Outcome, mask: (text: string) => string): Pieces {
  const { node, address, via, status, ms } = outcome;
  const fields = { node, address, via, status, ms: Math.round(ms) } satisfies Envelope;
  if (isFailed(outcome)) {
    const { cause, failure } = outcome;
    const message = mask(sentenceOf(failure));
    const envelope: Envelope = { ...fields, cause, message, hint: failure.hints[0] };
    return [escapeJson(JSON.stringify(envelope))];
  }
  const { bytes, timing, head, body } = outcome;
  const headers = head && headersOf(head, mask);
  const stages = timing && roundTiming(timing);
  const envelope: Envelope = { ...fields, timing: stages, bytes, headers };
  const start = escapeJson(JSON.stringify(envelope));
  return body ? [`${start.slice(0, -1)},`, ...renderBody(body), '}'] : [start];
}

function headersOf({ headers }: OutcomeHead, mask: (text: string) => string): Envelope['headers'] {
  const byName = Map.groupBy(headers, ([name]) => mask(name.toLowerCase()));
  const entries = [...byName].map(([name, own]) => {
    const values = own.map(([, value]) => mask(value));
    const [first = '', ...more] = values;
    return [name, more.length === 0 ? first : values] as const;
  });
  return Object.fromEntries(entries);
}

function renderBody(body: Body): Pieces {
  if (body.kind === 'binary') return [`"bodyBase64":"${body.bytes.toString('base64')}"`];
  if (body.kind === 'text') return [`"body":${JSON.stringify(body.text)}`];
  return ['"body":', body.line];
}
