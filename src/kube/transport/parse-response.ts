import type { IncomingHttpHeaders } from 'node:http';
import { trimEnds } from '../../text/trim.ts';
import { type Stage, TransportError } from './error.ts';
import { collectHeaders, type Framing, framingOf, makesTunnel } from './framing.ts';

export interface ResponseHead {
  readonly status: number;
  readonly statusText: string;
  readonly headers: IncomingHttpHeaders;
  /** Headers as received: name, value, name, value. */
  readonly rawHeaders: readonly string[];
  /** Whether the connection stays open, for other requests or as a tunnel. */
  readonly keepsAlive: boolean;
}

export interface ResponseParts {
  head(head: ResponseHead): void;
  data(bytes: Buffer): void;
  end(): void;
}

/** Limit of a response head in bytes, the same as in Go's servers. */
const mostHeaderBytes = 1024 * 1024;
const mostHeaders = 2000;
/** Limit of informational responses, such as 100 Continue, before the final response; the same as in Go. */
const mostInformational = 5;
/** Limit in bytes of a line that contains the size of a chunk; the same as in Go. */
const longestSizeLine = 4096;

/** The next part of the response. If this is data, `left` is its number of bytes. */
type State =
  | { readonly next: 'status' | 'field' | 'size' | 'chunk end' | 'trailer' | 'done' }
  | { readonly next: 'data' | 'chunk'; left: number };

/**
 * Parses the response to one request as strictly as llhttp, and with the same error codes. Lines must end with CRLF. Ambiguous input is an
 * error, because a proxy could understand it differently. Only the head and the current line are stored.
 * Source: RFC 9112.
 */
export function parseResponse(method: string, parts: ResponseParts) {
  let state: State = { next: 'status' };
  /** The part of the current line that has arrived. */
  let line = '';
  const head = headReader(method);

  const become = (next: State) => {
    state = next;
    if (next.next === 'done') parts.end();
  };

  const afterLine = (): State => {
    switch (state.next) {
      case 'status':
        head.begin(line);
        return { next: 'field' };
      case 'field': {
        if (line !== '') {
          head.add(line, 'response');
          return state;
        }
        const whole = head.end();
        // An informational response is followed by another response.
        if (!whole) return { next: 'status' };
        parts.head(whole.head);
        return beginBody(whole.framing);
      }
      case 'size': {
        const left = parseChunkSize(line);
        return left === 0 ? { next: 'trailer' } : { next: 'chunk', left };
      }
      case 'chunk end':
        if (line !== '') throw new TransportError('body', 'HPE_STRICT');
        return { next: 'size' };
      default:
        // Trailers are checked but not used. A trailer must not contain Content-Length (RFC 9110, 6.5.1).
        if (/^content-length:/i.test(line)) throw invalid('CONTENT_LENGTH', 'body');
        if (line === '') return { next: 'done' };
        head.add(line, 'body');
        return state;
    }
  };

  /** Adds the part of the current line that is in a chunk, and returns where this part ends in the chunk. */
  const readLine = (chunk: Buffer, at: number): number => {
    const feed = chunk.indexOf(10, at);
    const end = feed < 0 ? chunk.length : feed + 1;
    const stage = state.next === 'status' || state.next === 'field' ? 'response' : 'body';
    if (state.next !== 'size' && state.next !== 'chunk end') head.count(end - at, stage);
    else if (line.length + end - at > longestSizeLine) throw invalid('CHUNK_SIZE', 'body');
    line += chunk.toString('latin1', at, end);
    // The first bytes are checked before the line has ended, because a server of another protocol may never end it.
    if (state.next === 'status' && !'HTTP/'.startsWith(line.slice(0, 5))) throw invalid('CONSTANT');
    if (feed < 0) return end;
    if (!line.endsWith('\r\n')) throw new TransportError(stage, 'HPE_CR_EXPECTED');
    line = line.slice(0, -2);
    become(afterLine());
    line = '';
    return end;
  };

  const readData = (data: State & { left: number }, chunk: Buffer, at: number): number => {
    const end = Math.min(chunk.length, at + data.left);
    data.left -= end - at;
    parts.data(at === 0 && end === chunk.length ? chunk : chunk.subarray(at, end));
    if (data.left === 0) become({ next: data.next === 'chunk' ? 'chunk end' : 'done' });
    return end;
  };

  return {
    /** Returns true if the chunk has bytes after the end of the response. Throws a TransportError if the input is not HTTP/1. */
    push: (chunk: Buffer) => {
      let at = 0;
      while (at < chunk.length && state.next !== 'done')
        at = 'left' in state ? readData(state, chunk, at) : readLine(chunk, at);
      return at < chunk.length;
    },
    /** Must be called when the connection has ended. Returns whether the response is complete. */
    finish: (): boolean => {
      if ('left' in state && state.left === Number.POSITIVE_INFINITY) become({ next: 'done' });
      return state.next === 'done';
    },
  };
}

function beginBody(framing: Framing): State {
  if (framing.by === 'chunks') return { next: 'size' };
  if (framing.by === 'end') return { next: 'data', left: Number.POSITIVE_INFINITY };
  return framing.bytes === 0 ? { next: 'done' } : { next: 'data', left: framing.bytes };
}

/** Reads the lines of a head or trailer, and checks their limits. */
function headReader(method: string) {
  let statusLine: StatusLine = { version: '', status: 0, statusText: '' };
  let rawHeaders: string[] = [];
  let bytes = 0;
  let informational = 0;
  return {
    begin(line: string): void {
      statusLine = parseStatusLine(line);
    },
    add(line: string, stage: Stage): void {
      const field = parseField(line, stage);
      if (rawHeaders.length >= 2 * mostHeaders) throw overflow(stage);
      rawHeaders.push(...field);
    },
    count(more: number, stage: Stage): void {
      bytes += more;
      if (bytes > mostHeaderBytes) throw overflow(stage);
    },
    /** Returns the head; undefined for an informational response. */
    end(): { readonly head: ResponseHead; readonly framing: Framing } | undefined {
      const raw = rawHeaders;
      rawHeaders = [];
      bytes = 0;
      const { version, status, statusText } = statusLine;
      if (status === 101) throw new TransportError('response', 'HPE_UPGRADE');
      const headers = collectHeaders(raw);
      const framing = framingOf({ method, status, version, headers, rawHeaders: raw });
      const closes = /(?:^|,)[ \t]*close[ \t]*(?:,|$)/i.test(headers.connection ?? '');
      if (status < 200) {
        informational += 1;
        if (status < 100 || informational > mostInformational) throw invalid('STATUS');
        // The connection ends after this informational response: no final response can follow.
        if (version !== '1.1' || closes)
          throw new TransportError('response', 'HPE_CLOSED_CONNECTION');
        return undefined;
      }
      const isKept = version === '1.1' && !closes && framing.by !== 'end';
      const keepsAlive = isKept || makesTunnel({ method, status });
      return { head: { status, statusText, headers, rawHeaders: raw, keepsAlive }, framing };
    },
  };
}

function overflow(stage: Stage): TransportError {
  return new TransportError(stage, 'HPE_HEADER_OVERFLOW');
}

function invalid(part: string, stage: Stage = 'response'): TransportError {
  return new TransportError(stage, `HPE_INVALID_${part}`);
}

interface StatusLine {
  readonly version: string;
  readonly status: number;
  readonly statusText: string;
}

function parseStatusLine(line: string): StatusLine {
  const [, version, code, text = ''] = /^HTTP\/(\d\.\d) (\d{3})(?: (.*))?$/.exec(line) ?? [];
  if (version === undefined) throw invalid(line.startsWith('HTTP/') ? 'STATUS' : 'CONSTANT');
  if (version !== '1.1' && version !== '1.0') throw invalid('VERSION');
  if (!isFieldValue(text)) throw invalid('STATUS');
  return { version, status: Number(code), statusText: text };
}

function parseField(line: string, stage: Stage): [name: string, value: string] {
  // A line that begins with a blank is an error. In obsolete HTTP, it continued the previous line.
  const colon = line.indexOf(':');
  const name = line.slice(0, colon);
  if (colon < 0 || !/^[!#$%&'*+.^_`|~\w-]+$/.test(name)) throw invalid('HEADER_TOKEN', stage);
  const value = trimEnds(line.slice(colon + 1), isBlank);
  if (!isFieldValue(value)) throw invalid('HEADER_TOKEN', stage);
  // Rejected, because llhttp does not recognize a transfer coding beside a tab.
  if (line.includes('\t', colon) && name.toLowerCase() === 'transfer-encoding')
    throw invalid('TRANSFER_ENCODING', stage);
  return [name, value];
}

function parseChunkSize(line: string): number {
  const [, digits, extensions] = /^([0-9A-Fa-f]{1,13})((?:;.*)?)$/.exec(line) ?? [];
  if (digits === undefined || !areExtensions(extensions)) throw invalid('CHUNK_SIZE', 'body');
  return Number.parseInt(digits, 16);
}

/** Whether a text consists of chunk extensions: `;name`, `;name=value` or `;name="value"`, any number of times. */
function areExtensions(text = ''): boolean {
  return /^(?:;[!#$%&'*+.^_`|~\w-]+(?:=(?:[!#$%&'*+.^_`|~\w-]+|"[\t !#-[\]-~]*"))?)*$/.test(text);
}

function isBlank(character: string): boolean {
  return character === ' ' || character === '\t';
}

/** Whether a text has no control characters except tabs. Bytes beyond ASCII are allowed. */
function isFieldValue(text: string): boolean {
  return /^[\t\x20-\x7e\x80-\xff]*$/.test(text);
}
