import type { IncomingHttpHeaders } from 'node:http';
import { TransportError } from './error.ts';

export type Framing =
  | { readonly by: 'length'; readonly bytes: number }
  | { readonly by: 'chunks' }
  /** The body ends with the connection. */
  | { readonly by: 'end' };

/**
 * Returns how the body of a response ends. Throws a TransportError if the headers are ambiguous, because a proxy could understand them
 * differently.
 */
export function framingOf(response: {
  readonly method: string;
  readonly status: number;
  readonly version: string;
  readonly headers: IncomingHttpHeaders;
  readonly rawHeaders: readonly string[];
}): Framing {
  const { method, status, version, headers, rawHeaders } = response;
  if (makesTunnel(response)) return { by: 'length', bytes: 0 };
  const coding = headers['transfer-encoding'];
  const lengths = rawHeaders.filter((_, at) => at % 2 === 1 && isLength(rawHeaders[at - 1]));
  const [length] = lengths;
  if (lengths.length > 1 || (length !== undefined && coding !== undefined))
    throw new TransportError('response', 'HPE_UNEXPECTED_CONTENT_LENGTH');
  if (length !== undefined && !/^\d{1,15}$/.test(length))
    throw new TransportError('response', 'HPE_INVALID_CONTENT_LENGTH');
  if (coding !== undefined && (coding.toLowerCase() !== 'chunked' || version !== '1.1'))
    throw new TransportError('response', 'HPE_INVALID_TRANSFER_ENCODING');
  if (method === 'HEAD' || status === 204 || status === 304) return { by: 'length', bytes: 0 };
  if (coding !== undefined) return { by: 'chunks' };
  return length === undefined ? { by: 'end' } : { by: 'length', bytes: Number(length) };
}

/** Whether a response opens a tunnel. Such a response has no body, even if its headers announce one. Source: RFC 9110, section 9.3.6. */
export function makesTunnel({ method, status }: { method: string; status: number }): boolean {
  return method === 'CONNECT' && status >= 200 && status < 300;
}

function isLength(name: string | undefined): boolean {
  return name?.toLowerCase() === 'content-length';
}

/** Headers that use only their first value, as in node:http. For other headers, the values are joined. */
const single =
  /^(?:age|content-length|content-type|etag|expires|last-modified|location|retry-after|server)$/;

export function collectHeaders(rawHeaders: readonly string[]): IncomingHttpHeaders {
  const headers = Object.create(null) as Record<string, string | string[]>;
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const name = (rawHeaders[at] ?? '').toLowerCase();
    const value = rawHeaders[at + 1] ?? '';
    const before = headers[name];
    if (name === 'set-cookie') headers[name] = [before ?? [], value].flat();
    else if (before === undefined) headers[name] = value;
    else if (!single.test(name)) headers[name] = `${String(before)}, ${value}`;
  }
  return headers;
}
