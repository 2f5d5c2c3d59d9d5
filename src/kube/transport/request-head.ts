import type { OutgoingHttpHeaders } from 'node:http';

/** Methods that need no Content-Length if there is no body. */
const bodiless = /^(?:GET|HEAD|DELETE|OPTIONS|TRACE|CONNECT)$/;

/** Returns the request line and headers in Latin-1. Throws for a character that could end a line or change its meaning. */
export function renderRequestHead(
  method: string,
  target: string,
  headers: OutgoingHttpHeaders,
): string {
  if (!isToken(method)) throw invalid('method');
  if (!/^[\x21-\x7e\x80-\xff]+$/.test(target)) throw invalid('path');
  // Header names are case-insensitive. If two names are equal, the later value is used.
  const lines = new Map<string, string>();
  for (const [name, value] of Object.entries(headers)) {
    if (value === undefined) continue;
    if (!isToken(name)) throw invalid('header name');
    const values = [value].flat().map(String);
    if (!values.every((each) => /^[\t\x20-\x7e\x80-\xff]*$/.test(each)))
      throw invalid(`header ${name}`);
    lines.set(name.toLowerCase(), values.map((each) => `${name}: ${each}\r\n`).join(''));
  }
  if (!lines.has('content-length') && !bodiless.test(method))
    lines.set('content-length', 'content-length: 0\r\n');
  return `${method} ${target} HTTP/1.1\r\n${[...lines.values()].join('')}\r\n`;
}

function isToken(text: string): boolean {
  return /^[!#$%&'*+.^_`|~\w-]+$/.test(text);
}

function invalid(part: string): Error {
  return new TypeError(`the ${part} of a request has an invalid character`);
}

/** Headers whose values are never secrets. Any other header may contain a secret. */
const names =
  /^(?:accept(?:-charset|-encoding|-language)?|cache-control|content-(?:type|length)|host|if-.*|impersonate-.*|range|user-agent)$/i;

export function isHarmlessHeader(name: string): boolean {
  return names.test(name);
}
