import { escapeJson } from '../../text/escape.ts';
import { type Body, isFailed, messageOf, type Outcome } from './outcome.ts';

/**
 * One line of JSON for one node. A body that is JSON is embedded as its own text, so that every number stays as it came.
 * `mask` hides secrets that a server has repeated; bodies are not masked.
 */
export function renderEnvelope(outcome: Outcome, mask: (text: string) => string): string {
  const { node, address, via, status, ms } = outcome;
  const fields = { node, address, via, status, ms: Math.round(ms) };
  if (isFailed(outcome)) {
    const { cause, failure } = outcome;
    const error = mask(messageOf(failure));
    return escapeJson(JSON.stringify({ ...fields, error, cause, hint: failure.hints[0] }));
  }
  const { bytes, head, body } = outcome;
  const headers = head && Object.fromEntries(head.headers);
  const start = JSON.stringify({ ...fields, bytes, headers });
  return body ? `${start.slice(0, -1)},${renderBody(body)}}` : start;
}

function renderBody(body: Body): string {
  if (body.kind === 'binary') return `"bodyBase64":"${body.bytes.toString('base64')}"`;
  if (body.kind === 'text') return `"body":${JSON.stringify(body.text)}`;
  return `"body":${joinLines(body.text)}`;
}

/** In JSON a line end is never part of a string: without them and the indentation behind them it is the same value. */
function joinLines(json: string): string {
  return json.includes('\n') || json.includes('\r')
    ? json.replaceAll(/[\r\n][\r\n\t ]*/g, '')
    : json;
}
