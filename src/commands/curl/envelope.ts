import { failureFields } from '../../errors.ts';
import { apiVersion } from '../../text/api-version.ts';
import { escapeJson } from '../../text/escape.ts';
import { headerPairs } from '../shared/fleet/fleet-report.ts';
import {
  type CallOutcome,
  type FailedCause,
  isFailed,
  type PrintedBody,
  type PrintedHead,
} from '../shared/fleet/outcome.ts';
import { roundTiming, type Timing } from '../shared/fleet/render-timing.ts';

/**
 * The object of `-o json`: the responses in the order of the nodes.
 * @public
 */
export interface ResponseList {
  readonly apiVersion: typeof apiVersion;
  readonly kind: 'KubeletResponseList';
  readonly items: readonly Envelope[];
}

/**
 * The response of one node, or the reason why its request failed. One line of `-o ndjson`.
 * @public
 */
export interface Envelope {
  /** Name of the node; absent for a kubelet that was given by its address. */
  readonly node?: string | undefined;
  /** `HOST:PORT` of a direct request. */
  readonly address?: string | undefined;
  /** Whether the request went directly to the kubelet or through the API server. */
  readonly via: 'direct' | 'apiserver';
  /**
   * HTTP status; absent if the kubelet did not answer.
   *
   * @asType integer
   */
  readonly httpStatus?: number | undefined;
  /**
   * Duration in ms, to the end of the body.
   *
   * @asType integer
   */
  readonly ms: number;
  /** The URL of the API server in the kubeconfig. */
  readonly server?: string | undefined;
  /** Duration of each stage in ms, with --timing. */
  readonly timing?: Timing | undefined;
  /**
   * Length of the body in bytes.
   *
   * @asType integer
   */
  readonly bytes?: number;
  /** Headers by name in lower case, with --show-headers; a list if a header occurs several times. */
  readonly headers?: Readonly<Record<string, string | readonly string[]>> | undefined;
  /** Body as text, or as unchanged JSON, including numbers that JavaScript cannot represent. */
  readonly body?: unknown;
  /** Body in base64 if it is not text. Then `body` is absent. */
  readonly bodyBase64?: string;
  /** Why there is no body: one of the causes that `explain` knows. */
  readonly cause?: FailedCause;
  /** Why there is no body, in a sentence. */
  readonly message?: string;
  /** A command that helps to fix the failure. */
  readonly hint?: string | undefined;
}

export type Pieces = readonly (string | Buffer)[];

export const listStart: string = `${JSON.stringify({
  apiVersion,
  kind: 'KubeletResponseList',
} satisfies Omit<ResponseList, 'items'>).slice(0, -1)},"items":[`;
export const listEnd = ']}';

/**
 * Renders one line of JSON for one node, in pieces. A JSON body is embedded as its own text, so that every number stays unchanged.
 * `mask` hides secrets that a server has echoed. Bodies are not masked, and their invisible characters are not escaped.
 */
export function renderEnvelope(
  outcome: CallOutcome,
  mask: (text: string) => string,
  server?: string,
): Pieces {
  const { node, address, via, status, ms } = outcome;
  const fields = {
    node,
    address,
    via,
    httpStatus: status,
    ms: Math.round(ms),
    server,
  } satisfies Envelope;
  if (isFailed(outcome)) {
    const { cause, failure } = outcome;
    const envelope: Envelope = { ...fields, cause, ...failureFields(failure, mask) };
    return [escapeJson(JSON.stringify(envelope))];
  }
  const { bytes, timing, head, body } = outcome;
  const headers = head && headersOf(head, mask);
  const stages = timing && roundTiming(timing);
  const envelope: Envelope = { ...fields, timing: stages, bytes, headers };
  const start = escapeJson(JSON.stringify(envelope));
  return body ? [`${start.slice(0, -1)},`, ...renderBody(body), '}'] : [start];
}

function headersOf(head: PrintedHead, mask: (text: string) => string): Envelope['headers'] {
  const byName = Map.groupBy(headerPairs(head), ([name]) => mask(name.toLowerCase()));
  const entries = [...byName].map(([name, own]) => {
    const values = own.map(([, value]) => mask(value));
    const [first = '', ...more] = values;
    return [name, more.length === 0 ? first : values] as const;
  });
  return Object.fromEntries(entries);
}

function renderBody(body: PrintedBody): Pieces {
  if (body.kind === 'binary') return [`"bodyBase64":"${body.bytes.toString('base64')}"`];
  if (body.kind === 'text') return [`"body":${JSON.stringify(body.text)}`];
  return ['"body":', body.line];
}
