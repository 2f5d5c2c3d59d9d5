import { attempt } from '../../attempt.ts';

export interface LoggedRequest {
  readonly method: string;
  readonly uri: string;
  readonly userAgent: string;
  /** Address of the caller, without the port. */
  readonly host: string;
  /** HTTP status; undefined for an upgraded connection, such as exec has. */
  readonly status: number | undefined;
}

/** Regular expression by which journalctl selects log lines of requests, in text or JSON. */
export const requestLines = '"HTTP"';

const address = /^[\da-fA-F:.]{2,45}(?:%[\w.-]{1,32})?$/;

/**
 * Parses a line of a kubelet's log, with or without a journal prefix.
 * Source: kubernetes `apiserver/pkg/server/httplog`.
 */
export function parseLoggedRequest(line: string): LoggedRequest | undefined {
  const json = line.indexOf('{"ts":');
  return requestOf(json < 0 ? fieldsOfText(line) : fieldsOfJson(line.slice(json)));
}

type LogFields = Readonly<Record<string, unknown>>;

function requestOf(fields: LogFields | undefined): LoggedRequest | undefined {
  const { verb, URI: uri, userAgent, srcIP, resp } = fields ?? {};
  if (typeof verb !== 'string' || typeof uri !== 'string') return undefined;
  if (typeof userAgent !== 'string' || typeof srcIP !== 'string') return undefined;
  const host = srcIP.slice(0, srcIP.lastIndexOf(':')).replace(/^\[|\]$/g, '');
  // Rejects texts that are not addresses. A node may write anything to its log, and the addresses from the logs of all nodes are
  // looked up together.
  if (!address.test(host)) return undefined;
  const status = Number(resp);
  return {
    ...{ method: verb, uri, userAgent, host },
    status: Number.isInteger(status) && status > 0 ? status : undefined,
  };
}

/** Parses `I1010 10:58:08.701900 812 httplog.go:129] "HTTP" verb="GET" URI="/pods" … resp=200`. */
function fieldsOfText(line: string): LogFields | undefined {
  const start = / httplog\.go:\d+\] "HTTP" /.exec(line);
  if (!start) return undefined;
  const fields: Record<string, string> = {};
  const pair = /([\w-]{1,40})=(?:("(?:[^"\\]|\\.)*")|(\S*)) ?/y;
  pair.lastIndex = start.index + start[0].length;
  for (let found = pair.exec(line); found; found = pair.exec(line)) {
    const [, name = '', quoted, plain = ''] = found;
    // Takes the first value of each field, because later text may come from a response.
    fields[name] ??= quoted === undefined ? plain : unquote(quoted);
  }
  return fields;
}

/** Unquotes a text that Go quoted. If the text contains escapes that JSON does not have, only removes the quotes. */
function unquote(quoted: string): string {
  const parsed = parseJson(quoted);
  return typeof parsed === 'string' ? parsed : quoted.slice(1, -1);
}

function fieldsOfJson(text: string): LogFields | undefined {
  const parsed = parseJson(text);
  const isObject = typeof parsed === 'object' && parsed !== null && 'msg' in parsed;
  return isObject && parsed.msg === 'HTTP' ? { ...parsed } : undefined;
}

function parseJson(text: string): unknown {
  return attempt((): unknown => JSON.parse(text));
}
