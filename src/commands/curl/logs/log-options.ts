import { parseCount } from '../../../cli/parse-options.ts';
import { UsageFailure } from '../../../errors.ts';
import { formatLogTime, parseLogTime, toPointInTime, toSeconds } from './log-times.ts';

/** The log options as they are given; undefined and empty lists are not given. */
export interface LogOptions {
  readonly unit: readonly string[];
  readonly since: string | undefined;
  readonly until: string | undefined;
  readonly tail: string | undefined;
  readonly pattern: string | undefined;
  readonly boot: string | undefined;
  readonly follow: boolean;
  readonly previous: boolean;
  readonly timestamps: boolean;
}

/** What a kubelet is asked for: the journal (`/logs/?query=`), a file under /var/log, or the log of a container. */
export type LogKind = 'query' | 'file' | 'container';

export interface LogRequest {
  readonly kind: LogKind;
  /** With the options as its query, behind that of the user. */
  readonly path: string;
  readonly follow: boolean;
  /** The number of last lines of a file; of a query and a container it is part of `path`. */
  readonly tail: number | undefined;
}

type LogOption = keyof LogOptions;

const forKind: Readonly<Record<LogKind, readonly LogOption[]>> = {
  query: ['unit', 'since', 'until', 'tail', 'pattern', 'boot', 'follow'],
  file: ['tail', 'follow'],
  container: ['since', 'tail', 'follow', 'previous', 'timestamps'],
};

const kindNames: Readonly<Record<LogKind, string>> = {
  query: 'queries of the node log (logs --unit NAME)',
  file: 'files (/logs/FILE)',
  container: 'logs of containers (/containerLogs/NAMESPACE/POD/CONTAINER)',
};

/** The parameters of kubelets that an option stands for, and so contradicts. */
const parametersOf: Readonly<Record<LogOption, readonly string[]>> = {
  unit: ['query'],
  since: ['sinceTime', 'sinceSeconds'],
  until: ['untilTime'],
  tail: ['tailLines', 'tail'],
  pattern: ['pattern'],
  boot: ['boot'],
  follow: ['follow'],
  previous: ['previous'],
  timestamps: ['timestamps'],
};

/** Undefined without any log option. `path` is one of a request line, `nowMs` the time that durations count from. */
export function parseLogOptions(
  path: string,
  method: string,
  options: LogOptions,
  nowMs: number,
): LogRequest | undefined {
  const given = givenOptions(options);
  const [first] = given;
  if (first === undefined) return undefined;
  if (method !== 'GET')
    throw new UsageFailure(`--${first} is for GET requests: it cannot be used with ${method}`);
  const [pathname = '', ownQuery = ''] = splitOnce(path, '?');
  const kind = kindOf(pathname, first);
  for (const option of given)
    if (!forKind[kind].includes(option)) throw misplaced(option, kindNames[kind]);
  checkOwnQuery(ownQuery, given);
  const tail = parseTail(options.tail, kind);
  const parameters = { query: queryParameters, container: containerParameters, file: () => [] };
  const added = parameters[kind](options, tail, nowMs).map(
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

function givenOptions(options: LogOptions): readonly LogOption[] {
  return (Object.keys(parametersOf) as LogOption[]).filter((option) => {
    const value = options[option];
    return Array.isArray(value) ? value.length > 0 : value !== undefined && value !== false;
  });
}

function kindOf(pathname: string, first: LogOption): LogKind {
  if (/^\/logs\/?$/.test(pathname)) return 'query';
  if (/^\/logs\/.*[^/]$/.test(pathname)) return 'file';
  if (/^\/containerLogs\/./.test(pathname)) return 'container';
  throw misplaced(first, pathname);
}

function misplaced(option: LogOption, place: string): UsageFailure {
  const kinds = (Object.keys(forKind) as LogKind[]).filter((kind) =>
    forKind[kind].includes(option),
  );
  const names = kinds.map((kind) => kindNames[kind]);
  const last = names.pop() ?? '';
  const list = names.length === 0 ? last : `${names.join(', ')} and ${last}`;
  return new UsageFailure(`--${option} is for ${list}, not for ${place}`);
}

/** A query of the user's own stays as it is, so an option must not say the same differently. */
function checkOwnQuery(ownQuery: string, given: readonly LogOption[]): void {
  const own = new URLSearchParams(ownQuery);
  for (const option of given) {
    const twice = parametersOf[option].find((name) => own.has(name));
    if (twice === undefined) continue;
    throw new UsageFailure(`--${option} cannot be used with "${twice}=" in PATH`);
  }
}

/** Undefined for all lines. */
function parseTail(text: string | undefined, kind: LogKind): number | undefined {
  if (text === undefined || text === '-1') return undefined;
  // The limit of kubelets for queries.
  const most = kind === 'query' ? 100_000 : Number.MAX_SAFE_INTEGER;
  return parseCount('--tail', text, { least: 0, most });
}

type Parameters = readonly (readonly [name: string, value: string])[];

function queryParameters(options: LogOptions, tail: number | undefined, nowMs: number): Parameters {
  const { unit, since, until, pattern, boot } = options;
  const from = since === undefined ? undefined : parseLogTime('--since', since);
  const to = until === undefined ? undefined : parseLogTime('--until', until);
  const fromMs = from && toPointInTime(from, nowMs);
  // Up to the end of its second.
  const toMs = to && Math.ceil(toPointInTime(to, nowMs) / 1000) * 1000;
  if (fromMs !== undefined && toMs !== undefined && fromMs > toMs)
    throw new UsageFailure(`invalid --until value "${until}": must be after --since "${since}"`);
  if (pattern === '')
    throw new UsageFailure('invalid --pattern value "": must be a regular expression');
  return [
    ...parseUnits(unit).map((name) => ['query', name] as const),
    ...parameter('sinceTime', fromMs === undefined ? undefined : formatLogTime(fromMs)),
    ...parameter('untilTime', toMs === undefined ? undefined : formatLogTime(toMs)),
    ...parameter('tailLines', tail),
    ...parameter('pattern', pattern),
    ...parameter('boot', boot === undefined ? undefined : parseBoot(boot)),
  ];
}

function containerParameters(
  { since, follow, previous, timestamps }: LogOptions,
  tail: number | undefined,
): Parameters {
  const from = since === undefined ? undefined : parseLogTime('--since', since);
  return [
    ...parameter('follow', follow || undefined),
    ...parameter('previous', previous || undefined),
    ...parameter('timestamps', timestamps || undefined),
    ...parameter('tailLines', tail),
    // As kubectl does: a duration counts from the clock of the node.
    ...(from === undefined
      ? []
      : 'agoMs' in from
        ? parameter('sinceSeconds', toSeconds(from))
        : parameter('sinceTime', formatLogTime(from.atMs))),
  ];
}

function parameter(name: string, value: string | number | boolean | undefined): Parameters {
  return value === undefined ? [] : [[name, String(value)]];
}

/** The limits of kubelets (`validateServices`). What holds a slash would be the path of a file, for which options are invalid. */
function parseUnits(units: readonly string[]): readonly string[] {
  for (const unit of units)
    if (!/^[A-Za-z0-9._:@-]{1,256}$/.test(unit))
      throw new UsageFailure(
        `invalid --unit value "${unit}": must be the name of a service, of letters, digits and ._:@-`,
        unit.includes('/')
          ? {
              hints: [
                `for a file under /var/log: kubectl kubeletaccess curl /logs/${unit.replace(/^\/+/, '')}`,
              ],
            }
          : {},
      );
  if (units.length > 4) throw new UsageFailure('--unit can be given at most 4 times');
  return units;
}

function parseBoot(text: string): string {
  if (/^(?:0|-[1-9]\d{0,5})$/.test(text)) return text;
  throw new UsageFailure(
    `invalid --boot value "${text}": must be 0 for the current boot, or -1, -2, … for earlier ones`,
  );
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
