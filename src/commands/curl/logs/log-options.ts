import { UsageFailure } from '../../../errors.ts';
import {
  checkOwnQuery,
  givenOptions,
  kindFor,
  type LogKind,
  type LogOption,
  type LogOptions,
} from './log-kinds.ts';
import { logParameters, parseTail } from './log-parameters.ts';

export interface LogRequest {
  readonly kind: LogKind;
  /** With the options as its query, behind that of the user. */
  readonly path: string;
  readonly follow: boolean;
  /** The number of last lines of a file; of a query and a container it is part of `path`. */
  readonly tail: number | undefined;
}

/** Undefined without any log option. `path` is one of a request line, `nowMs` the time that durations count from. */
export function parseLogOptions(
  path: string,
  method: string,
  options: LogOptions,
  nowMs: number,
): LogRequest | undefined {
  const given = givenOptions(options);
  const [first, ...others] = given;
  if (first === undefined) return undefined;
  if (method !== 'GET')
    throw new UsageFailure(`--${first} is for GET requests: it cannot be used with ${method}`);
  const [pathname = '', ownQuery = ''] = splitOnce(path, '?');
  const kind = kindFor(pathname, [first, ...others]);
  checkOwnQuery(ownQuery, given);
  const tail = parseTail(options.tail, kind);
  const added = logParameters(kind, options, tail, nowMs).map(
    ([name, value]) => `${name}=${encodeURIComponent(value)}`,
  );
  const query = [ownQuery, ...added].filter((part) => part !== '').join('&');
  if (kind === 'query') checkQuery(query, options, first);
  // The kubelet redirects from /logs.
  const base = kind === 'query' ? '/logs/' : pathname;
  return {
    kind,
    path: query === '' ? base : `${base}?${query}`,
    follow: options.follow,
    tail: kind === 'file' ? tail : undefined,
  };
}

/** What a kubelet would refuse, and what cannot be followed. */
function checkQuery(query: string, { follow }: LogOptions, first: LogOption): void {
  const parameters = new URLSearchParams(query);
  if (!parameters.has('query'))
    throw new UsageFailure(`--${first} needs --unit NAME, or a file: /logs/FILE`, {
      hints: ['list the files: kubectl kubeletaccess curl /logs/ --node NAME'],
    });
  if (!follow) return;
  if (parameters.has('untilTime')) throw new UsageFailure('--follow cannot be used with --until');
  const boot = parameters.get('boot');
  if (boot !== null && boot !== '0')
    throw new UsageFailure('--follow cannot be used with --boot of an earlier boot');
  const file = parameters.getAll('query').find((name) => /[/\\]/.test(name));
  if (file !== undefined)
    throw new UsageFailure('--follow of a file needs its path', {
      hints: [`kubectl kubeletaccess curl /logs/${file.replace(/^\/+/, '')} --follow`],
    });
}

function splitOnce(text: string, separator: string): readonly string[] {
  const at = text.indexOf(separator);
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + 1)];
}
