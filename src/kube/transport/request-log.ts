import type { OutgoingHttpHeaders } from 'node:http';
import { formatDuration } from '../../text/duration.ts';
import { escapeControl, escapeControlLine } from '../../text/escape.ts';
import { isHarmlessHeader } from './request-head.ts';

export type RequestLog = NonNullable<ReturnType<typeof createRequestLog>>;

/** A pause before a request is sent again. */
export interface Wait {
  readonly ms: number;
  /** Number of the attempt that failed before the pause; the first attempt is 1. */
  readonly attempt: number;
}

export interface SentRequest {
  readonly method: string;
  /** URL without user and password. */
  readonly url: string;
  readonly headers: OutgoingHttpHeaders;
}

const secretHeaders =
  /^(?:set-cookie|authorization|authentication-info|www-authenticate|location)$/;

/**
 * Returns a log like kubectl's -v. It shows pauses from level 4, requests from level 6, their headers from level 7, and response headers
 * from level 8. Undefined below level 4.
 */
export function createRequestLog(level: number, write: (text: string) => void) {
  if (level < 4) return undefined;
  const log = (title: string, facts: string) => write(`${prefix()} "${title}" ${facts}\n`);
  return {
    sent: ({ method, url, headers }: SentRequest) => {
      if (level < 7) return;
      const lines = Object.entries(headers).flatMap(([name, value]) =>
        [value].flat().map((text) => `${name}: ${masked(name, String(text))}`),
      );
      log('Request', `verb=${quote(method)} url=${quote(url)} headers=${block(lines)}`);
    },
    waits: ({ method, url }: Omit<SentRequest, 'headers'>, { ms, attempt }: Wait) =>
      log(
        'Got a Retry-After response',
        `verb=${quote(method)} url=${quote(url)} delay="${formatDuration(ms)}" attempt=${attempt}`,
      ),
    /** Logs a response; `status` is empty if there was no response. */
    received: (
      { method, url }: SentRequest,
      ms: number,
      status: string,
      rawHeaders: readonly string[],
    ) => {
      if (level < 6) return;
      const request = level === 6 ? `verb=${quote(method)} url=${quote(url)} ` : '';
      const headers = level < 8 ? '' : ` headers=${block(responseHeaders(rawHeaders))}`;
      log('Response', `${request}status=${quote(status)}${headers} milliseconds=${Math.round(ms)}`);
    },
  };
}

function masked(name: string, value: string): string {
  if (isHarmlessHeader(name)) return value;
  const [, scheme] = /^(Bearer|Basic|Negotiate) /i.exec(value) ?? [];
  return scheme ? `${scheme} <masked>` : '<masked>';
}

function responseHeaders(rawHeaders: readonly string[]): string[] {
  const lines: string[] = [];
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] ?? '';
    const value = secretHeaders.test(name.toLowerCase()) ? '<masked>' : rawHeaders[index + 1];
    lines.push(`${name}: ${value}`);
  }
  return lines;
}

/** Returns klog's prefix, without file and line: `I1124 19:32:28.603916   11207 kubeletaccess]`. */
function prefix(): string {
  const now = new Date();
  const two = (value: number) => String(value).padStart(2, '0');
  const day = `${two(now.getMonth() + 1)}${two(now.getDate())}`;
  const time = [now.getHours(), now.getMinutes(), now.getSeconds()].map(two).join(':');
  const fraction = `${String(now.getMilliseconds()).padStart(3, '0')}000`;
  return `I${day} ${time}.${fraction} ${String(process.pid).padStart(7)} kubeletaccess]`;
}

function block(lines: readonly string[]): string {
  return `<\n${lines.map((line) => `\t${escapeControlLine(line)}\n`).join('')} >`;
}

function quote(text: string): string {
  return JSON.stringify(escapeControl(text));
}
