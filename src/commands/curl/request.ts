import type { Candidate } from '../../cli/completes.ts';
import type { FleetChoice } from '../../cli/node-options.ts';
import { parseFormat } from '../../cli/output.ts';
import { parseOneOf, parsePositiveDuration } from '../../cli/parse-options.ts';
import { notTogether, UsageFailure } from '../../errors.ts';
import { endpointList } from '../../kubelet/endpoints.ts';
import { pprofProfileOf } from '../../kubelet/pprof.ts';
import { unsafeEndpoint } from '../../kubelet/unsafe-request.ts';
import { command } from '../../text/command.ts';
import { formatDuration } from '../../text/duration.ts';
import { joinWords } from '../../text/list.ts';
import { nearest } from '../../text/nearest.ts';

export const responseFormats = ['raw', 'json', 'ndjson'] as const;

export interface CurlSettings {
  readonly method: string;
  readonly path: string;
  /** All paths, `path` first; several only with --output-dir. */
  readonly paths: readonly string[];
  readonly headers: Readonly<Record<string, string | string[]>>;
  readonly chosen: FleetChoice;
  /** Values of `-d`, in order; empty if the request has no body. */
  readonly data: readonly string[];
  readonly retries: number;
  readonly printCurl: boolean;
  /** Service account whose token is sent to kubelets; empty to send the caller's own credential. */
  readonly serviceAccount: string;
  /** Time limit in ms for each node. For a single node without --timeout, it limits only the start of the response. */
  readonly timeoutMs: number;
  readonly isTimeoutGiven: boolean;
  readonly parallel: number;
  readonly showHeaders: boolean;
  readonly output: CurlOutput;
  readonly timing: boolean;
}

/** Form of the output. `stream`: the body of one node, unchanged. `text`: the bodies of several nodes, each line prefixed with its node. */
type CurlOutput =
  | { readonly kind: 'stream' | 'text' | 'json' | 'ndjson' }
  | { readonly kind: 'files'; readonly folder: string };

/** Throws for a request that runs code or changes something, unless options allow it. */
export function checkSafety(
  method: string,
  path: string,
  allowUnsafe: string | boolean,
  isFleet: boolean,
): void {
  const allowed = parseOneOf('--allow-unsafe', String(allowUnsafe), ['false', 'true', 'all-nodes']);
  const endpoint = unsafeEndpoint(method, path);
  if (!endpoint) return;
  const effect = `${method} ${path} runs code or changes something on the node (${endpoint.returns})`;
  if (allowed === 'false')
    throw new UsageFailure(effect, {
      hints: [
        endpoint.command === undefined
          ? 're-run with --allow-unsafe to send it'
          : `${endpoint.command} --help`,
      ],
    });
  if (isFleet && allowed !== 'all-nodes')
    throw new UsageFailure(`${effect}, and is not sent to several nodes`, {
      hints: ['name one node, or re-run with --allow-unsafe=all-nodes to send it to each of them'],
    });
}

/** Throws for a URL, with a hint to --kubelet-address. The hint leaves out a user and password. */
function rejectUrl(text: string): void {
  const [, scheme] = /^(?:([A-Za-z]+:\/\/)|[\w.-]+:\d+(?:\/|$))/.exec(text) ?? [undefined, ''];
  if (scheme === '') return;
  const url = URL.parse(scheme === undefined ? `https://${text}` : text);
  const path = url ? url.pathname + url.search : '/healthz';
  throw new UsageFailure('PATH must be a path, not a URL', {
    hints: [
      command`the host goes to --kubelet-address: kubectl kubeletaccess curl ${path} --kubelet-address ${url?.host || 'HOST'}`,
    ],
  });
}

/** Returns the path for a request line: it has a leading slash and no fragment, and keeps percent-encoding. */
export function parsePath(text: string): string {
  rejectUrl(text);
  const [word = ''] = text.split(/[?#]/, 1);
  const named = endpointList.find(({ shortName }) => shortName === word);
  if (!named) checkSpelling(word);
  const path = named
    ? text.replace(word, named.shortPath ?? named.path)
    : text.replace(/^(?!\/)/, '/');
  const [, part] =
    /\{(namespace|pod|container|check|profile|path)\}/.exec(path.split('?', 1)[0] ?? '') ?? [];
  if (part !== undefined)
    throw new UsageFailure(`PATH contains {${part}}: write what it stands for`);
  return path
    .replace(/#.*$/s, '')
    .replaceAll(/[^\x21-\x7e]+/g, (run) => encodeURIComponent(run.toWellFormed()));
}

/** Throws if the word resembles a short name. Accepts the first part of each path that kubelets serve. */
function checkSpelling(word: string): void {
  const isPath = endpointList.some(({ path }) => path.split('/', 2)[1] === word);
  if (word === '' || word.includes('/') || isPath) return;
  const near = nearest(
    word,
    endpointList.flatMap(({ shortName }) => shortName ?? []),
  );
  if (near === undefined) return;
  throw new UsageFailure(`unknown short name "${word}"; did you mean ${near}?`, {
    hints: [`list the short names: kubectl kubeletaccess endpoints`, `send it as a path: /${word}`],
  });
}

/** Chooses the method as curl does. Throws for CONNECT, which would open a tunnel. */
export function requestMethod(options: {
  readonly method: string;
  readonly data: readonly string[];
}): string {
  const { data } = options;
  const method = (options.method || (data.length > 0 ? 'POST' : 'GET')).toUpperCase();
  // RFC 9110 allows only these characters in a method.
  if (!/^[!#$%&'*+.^_`|~0-9A-Z-]+$/.test(method) || method === 'CONNECT')
    throw new UsageFailure(
      `invalid --request value "${options.method}": must be an HTTP method other than CONNECT`,
    );
  return method;
}

/** Returns the values of headers, by name in lower case. */
export function parseHeaders(lines: readonly string[]): Record<string, string | string[]> {
  const headers = new Map<string, string[]>();
  for (const [name, value] of lines.map(parseHeader))
    headers.set(name, [...(headers.get(name) ?? []), value]);
  const [host, ...more] = headers.get('host') ?? [];
  if (more.length > 0) throw new UsageFailure('a request can have only one Host header');
  return { ...Object.fromEntries(headers), ...(host !== undefined && { host }) };
}

/** Error messages do not contain the value, because it may be a secret. */
function parseHeader(line: string): readonly [string, string] {
  const [, name, rest = ''] = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):(.*)$/s.exec(line) ?? [];
  const value = rest.trim();
  if (name === undefined || /[^\t\x20-\x7e\x80-\xff]/.test(value))
    throw new UsageFailure('invalid --header value: must be "Name: value"', {
      hints: ['-H "Accept: text/plain"'],
    });
  // With a wrong length, the server would read a second request that was never checked.
  if (/^(?:content-length|trailer|transfer-encoding|upgrade|connection|te)$/i.test(name))
    throw new UsageFailure(`header ${name} is not allowed: it controls the connection`);
  return [name.toLowerCase(), value];
}

/** Throws if a request that is not idempotent would be retried, because a request that got no response may have taken effect. */
export function checkRetries(retries: number, method: string, path: string): void {
  if (retries === 0) return;
  // Source: RFC 9110, section 9.2.2.
  const isIdempotent = /^(?:GET|HEAD|OPTIONS|PUT|DELETE|TRACE)$/.test(method);
  if (isIdempotent && unsafeEndpoint(method, path)?.effect !== 'acts') return;
  throw new UsageFailure(
    `--retry cannot be used with ${method} ${path}: a request that seems to fail may have run, and would run twice`,
  );
}

/** Returns --timeout in ms. For a pprof profile, the default grows by the duration of the profile. */
export function parseTimeout(text: string, method: string, path: string, isGiven: boolean): number {
  const ms = parsePositiveDuration('--timeout', text);
  const measuredMs = method === 'GET' ? (pprofProfileOf(path)?.ms ?? 0) : 0;
  if (!isGiven) return ms + measuredMs;
  if (ms > measuredMs) return ms;
  const [limit, needed] = [ms, measuredMs].map(formatDuration);
  throw new UsageFailure(
    `--timeout ${limit} is too short: the kubelet measures for ${needed} before it answers`,
    {
      hints: [
        `--timeout ${formatDuration(measuredMs + 30_000)}`,
        'or measure for less: ?seconds=5',
      ],
    },
  );
}

/** Throws if several paths are given with an option that is for one. */
export function checkSeveral(
  { length }: readonly string[],
  output: CurlOutput,
  given: { readonly method: string; readonly options: readonly (readonly [string, boolean])[] },
): void {
  if (length < 2) return;
  if (output.kind !== 'files')
    throw new UsageFailure(
      'several paths need --output-dir DIR, which gets a folder for each node',
      {
        hints: ['one path, of some nodes: kubectl kubeletaccess curl PATH --node NODE'],
      },
    );
  if (given.method !== 'GET') throw notTogether('several paths', `--request ${given.method}`);
  for (const [name, isGiven] of given.options)
    if (isGiven) throw notTogether('several paths', name);
}

export function parseOutput(output: string, outputDir: string, isFleet: boolean): CurlOutput {
  const tables = /^(?:table|wide|csv|yaml|name|prometheus|(?:jsonpath|custom-columns)(?:=.*)?)$/s;
  if (tables.test(output))
    throw new UsageFailure(`curl prints responses, not --output ${output.split('=')[0]}`, {
      hints: ['tables: kubectl kubeletaccess top, get, diff and metrics'],
    });
  if (!(responseFormats as readonly string[]).includes(output) && /[./]|^[A-Z]|\w{9}/.test(output))
    throw new UsageFailure(`curl --output takes ${joinWords(responseFormats, 'or')}, not a file`, {
      hints: ['write the body of one node: > FILE', 'a file for each node: --output-dir DIR'],
    });
  const format = parseFormat(output, responseFormats);
  if (outputDir !== '') {
    if (format !== 'raw') throw notTogether(`--output ${format}`, '--output-dir');
    return { kind: 'files', folder: outputDir };
  }
  if (format !== 'raw') return { kind: format };
  return { kind: isFleet ? 'text' : 'stream' };
}

/** Shell completions of PATH: a short name, or a path up to its first placeholder. */
export function pathCandidates(typed: string): readonly Candidate[] {
  return endpointList.flatMap(({ shortName, path, returns }) => {
    if (typed.startsWith('/')) return [{ value: path.replace(/\{.*/, ''), description: returns }];
    return shortName === undefined ? [] : [{ value: shortName, description: returns }];
  });
}
