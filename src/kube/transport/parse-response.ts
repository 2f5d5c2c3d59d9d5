import type { IncomingHttpHeaders } from 'node:http';
import { trimEnds } from '../../text/trim.ts';
import { type Stage, TransportError } from './error.ts';
import { collectHeaders, type Framing, framingOf, makesTunnel } from './framing.ts';

/** Status line and headers of an answer. */
export interface ResponseHead {
  readonly status: number;
  readonly statusText: string;
  readonly headers: IncomingHttpHeaders;
  /** As received: name, value, name, value. */
  readonly rawHeaders: readonly string[];
  /** Whether the server lets the connection be used again, or makes a tunnel of it. */
  readonly keepsAlive: boolean;
}

/** What an answer consists of, in order. */
export interface ResponseParts {
  head(head: ResponseHead): void;
  data(bytes: Buffer): void;
  end(): void;
}

export interface ResponseParser {
  /** Returns whether there was more than the answer. Throws a TransportError for what is not HTTP/1. */
  push(chunk: Buffer): boolean;
  /** The connection has ended. Returns whether the answer is complete. */
  finish(): boolean;
}

/** Of a head, in bytes. Go's servers accept as much. */
const mostHeaderBytes = 1024 * 1024;
const mostHeaders = 2000;
/** As in Go, of answers like 100 Continue before the one that counts. */
const mostInformational = 5;
/** As in Go, of a line with the size of a chunk, in bytes. */
const longestSizeLine = 4096;

/**
 * Reads the answer to one request, as strictly as llhttp, whose error codes it uses: lines end with CRLF, and whatever two
 * readers could understand differently is an error. Nothing is kept but the unfinished line.
 * Source: RFC 9112.
 */
export function parseResponse(method: string, parts: ResponseParts): ResponseParser {
  let state: 'status' | 'field' | 'data' | 'size' | 'chunk' | 'chunk end' | 'trailer' | 'done' =
    'status';
  /** What there is of it. */
  let line = '';
  let head: StatusLine = { version: '', status: 0, statusText: '' };
  /** Of the head or the trailer. */
  let rawHeaders: string[] = [];
  let headerBytes = 0;
  let informational = 0;
  /** Of the body or the chunk, in bytes. */
  let left = 0;

  const stage = () => (state === 'status' || state === 'field' ? 'response' : 'body');
  const overflow = () => new TransportError(stage(), 'HPE_HEADER_OVERFLOW');
  const end = () => {
    state = 'done';
    parts.end();
  };

  const field = () => {
    const parsed = parseField(line, stage());
    if (rawHeaders.length >= 2 * mostHeaders) throw overflow();
    rawHeaders.push(...parsed);
  };

  const headEnd = () => {
    const { version, status, statusText } = head;
    const raw = rawHeaders;
    rawHeaders = [];
    headerBytes = 0;
    if (status === 101) throw new TransportError('response', 'HPE_UPGRADE');
    const headers = collectHeaders(raw);
    const framing = framingOf({ method, status, version, headers, rawHeaders: raw });
    const closes = /(?:^|,)[ \t]*close[ \t]*(?:,|$)/i.test(headers.connection ?? '');
    if (status < 200) {
      informational += 1;
      if (status < 100 || informational > mostInformational) throw invalid('STATUS');
      // What would follow is none that counts.
      if (version !== '1.1' || closes)
        throw new TransportError('response', 'HPE_CLOSED_CONNECTION');
      state = 'status';
      return;
    }
    const isKept = version === '1.1' && !closes && framing.by !== 'end';
    const keepsAlive = isKept || makesTunnel({ method, status });
    parts.head({ status, statusText, headers, rawHeaders: raw, keepsAlive });
    beginBody(framing);
  };

  const beginBody = (framing: Framing) => {
    if (framing.by === 'chunks') {
      state = 'size';
      return;
    }
    left = framing.by === 'length' ? framing.bytes : Number.POSITIVE_INFINITY;
    if (left === 0) end();
    else state = 'data';
  };

  const takeLine = () => {
    switch (state) {
      case 'status':
        head = parseStatusLine(line);
        state = 'field';
        return;
      case 'field':
        return line === '' ? headEnd() : field();
      case 'size':
        left = parseChunkSize(line);
        state = left === 0 ? 'trailer' : 'chunk';
        return;
      case 'chunk end':
        if (line !== '') throw new TransportError('body', 'HPE_STRICT');
        state = 'size';
        return;
      default:
        // Trailers are checked, and not used. RFC 9110, 6.5.1: framing is not in them.
        if (/^content-length:/i.test(line)) throw invalid('CONTENT_LENGTH', 'body');
        return line === '' ? end() : field();
    }
  };

  /** Adds what there is of a line, and returns where it ends. */
  const readLine = (chunk: Buffer, at: number): number => {
    const feed = chunk.indexOf(10, at);
    const next = feed < 0 ? chunk.length : feed + 1;
    const isHeader = state !== 'size' && state !== 'chunk end';
    if (isHeader) headerBytes += next - at;
    else if (line.length + next - at > longestSizeLine) throw invalid('CHUNK_SIZE', 'body');
    if (headerBytes > mostHeaderBytes) throw overflow();
    line += chunk.toString('latin1', at, next);
    // What speaks first, and another protocol, may never end its line.
    if (state === 'status' && !'HTTP/'.startsWith(line.slice(0, 5))) throw invalid('CONSTANT');
    if (feed < 0) return next;
    if (!line.endsWith('\r\n')) throw new TransportError(stage(), 'HPE_CR_EXPECTED');
    line = line.slice(0, -2);
    takeLine();
    line = '';
    return next;
  };

  const readData = (chunk: Buffer, at: number): number => {
    const next = Math.min(chunk.length, at + left);
    left -= next - at;
    parts.data(at === 0 && next === chunk.length ? chunk : chunk.subarray(at, next));
    if (left === 0 && state === 'chunk') state = 'chunk end';
    else if (left === 0) end();
    return next;
  };

  return {
    push: (chunk) => {
      let at = 0;
      while (at < chunk.length && state !== 'done')
        at = state === 'data' || state === 'chunk' ? readData(chunk, at) : readLine(chunk, at);
      return at < chunk.length;
    },
    finish: () => {
      if (state === 'data' && left === Number.POSITIVE_INFINITY) end();
      return state === 'done';
    },
  };
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
  // A line that begins with a blank once continued the one before.
  const colon = line.indexOf(':');
  const name = line.slice(0, colon);
  if (colon < 0 || !/^[!#$%&'*+.^_`|~\w-]+$/.test(name)) throw invalid('HEADER_TOKEN', stage);
  const value = trimEnds(line.slice(colon + 1), isBlank);
  if (!isFieldValue(value)) throw invalid('HEADER_TOKEN', stage);
  // llhttp takes a coding with a tab behind it for another one.
  if (line.includes('\t', colon) && name.toLowerCase() === 'transfer-encoding')
    throw invalid('TRANSFER_ENCODING', stage);
  return [name, value];
}

function parseChunkSize(line: string): number {
  const [, digits, extensions] = /^([0-9A-Fa-f]{1,13})((?:;.*)?)$/.exec(line) ?? [];
  if (digits === undefined || !areExtensions(extensions)) throw invalid('CHUNK_SIZE', 'body');
  return Number.parseInt(digits, 16);
}

/** Of a chunk: `;name`, `;name=value` or `;name="value"`, any number of times. */
function areExtensions(text = ''): boolean {
  return /^(?:;[!#$%&'*+.^_`|~\w-]+(?:=(?:[!#$%&'*+.^_`|~\w-]+|"[\t !#-[\]-~]*"))?)*$/.test(text);
}

function isBlank(character: string): boolean {
  return character === ' ' || character === '\t';
}

/** Anything but control characters; bytes beyond ASCII are opaque. */
function isFieldValue(text: string): boolean {
  return /^[\t\x20-\x7e\x80-\xff]*$/.test(text);
}
