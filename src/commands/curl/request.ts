import type { Candidate } from '../../cli/completes.ts';
import { UsageFailure } from '../../errors.ts';
import { endpointList } from '../../kubelet/endpoints.ts';
import { unsafeEndpoint } from '../../kubelet/unsafe-request.ts';
import { command } from '../../text/command.ts';
import { nearest } from '../../text/nearest.ts';

export interface RequestHead {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string | string[]>>;
}

export interface RequestOptions {
  /** As `parsePath` reads it. */
  readonly path: string;
  /** Empty for the default. */
  readonly method: string;
  readonly headers: readonly string[];
  readonly allowUnsafe: boolean;
  readonly allNodesUnsafe: boolean;
  /** Whether the request is for several nodes. */
  readonly isFleet: boolean;
}

export function parseRequest({ path, ...options }: RequestOptions): RequestHead {
  const method = parseMethod(options.method);
  const headers = parseHeaders(options.headers);
  checkSafety(method, path, options);
  return { method, path, headers };
}

function checkSafety(
  method: string,
  path: string,
  { allowUnsafe, allNodesUnsafe, isFleet }: Omit<RequestOptions, 'path'>,
): void {
  if (allNodesUnsafe && !allowUnsafe)
    throw new UsageFailure('--all-nodes-unsafe requires --allow-unsafe');
  const endpoint = unsafeEndpoint(method, path);
  if (!endpoint) return;
  const effect = `${method} ${path} runs code or changes something on the node (${endpoint.returns})`;
  if (!allowUnsafe)
    throw new UsageFailure(effect, {
      hints: [
        endpoint.command === undefined
          ? 're-run with --allow-unsafe to send it'
          : `${endpoint.command} --help`,
      ],
    });
  if (isFleet && !allNodesUnsafe)
    throw new UsageFailure(`${effect}, and is not sent to several nodes`, {
      hints: ['name one node, or re-run with --all-nodes-unsafe to send it to each of them'],
    });
}

/** The host of a URL is for another option. What it says of a user is not printed. */
function rejectUrl(text: string): void {
  const [, scheme] = /^(?:([A-Za-z]+:\/\/)|[\w.-]+:\d+(?:\/|$))/.exec(text) ?? [undefined, ''];
  if (scheme === '') return;
  const url = URL.parse(scheme === undefined ? `https://${text}` : text);
  const path = url ? url.pathname + url.search : '/healthz';
  throw new UsageFailure('PATH must be a path, not a URL', {
    hints: [
      command`the host goes to --address: kubectl kubeletaccess curl ${path} --address ${url?.host || 'HOST'}`,
    ],
  });
}

/** A short name or a path; as it stands in a request line: a slash first, no fragment, percent-encoding kept. */
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

/** A word that is neither a short name nor the start of a path that kubelets serve, but nearly a short name. */
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

/** A method as RFC 9110 allows one, in upper case as Node sends it; CONNECT would make a tunnel of the connection. */
/** As curl chooses it. */
export function methodOf({
  head,
  method,
  data,
}: {
  readonly head: boolean;
  readonly method: string;
  readonly data: readonly string[];
}): string {
  return head ? 'HEAD' : method || (data.length > 0 ? 'POST' : 'GET');
}

function parseMethod(text: string): string {
  const method = text.toUpperCase();
  if (!/^[!#$%&'*+.^_`|~0-9A-Z-]+$/.test(method) || method === 'CONNECT')
    throw new UsageFailure(
      `invalid --request value "${text}": must be an HTTP method other than CONNECT`,
    );
  return method;
}

/** `Name: value` lines, names in lower case; a name may come several times. */
function parseHeaders(lines: readonly string[]): Record<string, string | string[]> {
  const headers = new Map<string, string[]>();
  for (const [name, value] of lines.map(parseHeader))
    headers.set(name, [...(headers.get(name) ?? []), value]);
  const [host, ...more] = headers.get('host') ?? [];
  if (more.length > 0) throw new UsageFailure('a request can have only one Host header');
  return { ...Object.fromEntries(headers), ...(host !== undefined && { host }) };
}

/** The value may be a secret, and is never repeated. */
function parseHeader(line: string): readonly [string, string] {
  const [, name, rest = ''] = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):(.*)$/s.exec(line) ?? [];
  const value = rest.trim();
  if (name === undefined || /[^\t\x20-\x7e\x80-\xff]/.test(value))
    throw new UsageFailure('invalid --header value: must be "Name: value"', {
      hints: ['-H "Accept: text/plain"'],
    });
  // A wrong length would split one request into two, of which only the first is checked.
  if (/^(?:content-length|trailer|transfer-encoding|upgrade|connection|te)$/i.test(name))
    throw new UsageFailure(`header ${name} is not allowed: it controls the connection`);
  return [name.toLowerCase(), value];
}

/** Candidates for PATH: a short name, or a path up to its first placeholder. */
export function pathCandidates(typed: string): readonly Candidate[] {
  return endpointList.flatMap(({ shortName, path, returns }) => {
    if (typed.startsWith('/')) return [{ value: path.replace(/\{.*/, ''), description: returns }];
    return shortName === undefined ? [] : [{ value: shortName, description: returns }];
  });
}
