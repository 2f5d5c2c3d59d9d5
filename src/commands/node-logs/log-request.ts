import type { TargetRequest } from '../../cli/node-options.ts';
import { parseCount } from '../../cli/parse-options.ts';
import { notTogether, UsageFailure } from '../../errors.ts';
import { formatLogTime, parseLogTime, toPointInTime } from '../shared/logs/log-times.ts';

/** The options as they are given; undefined and empty lists are not given. */
export interface LogOptions {
  readonly unit: readonly string[];
  readonly file: string | undefined;
  readonly since: string | undefined;
  readonly until: string | undefined;
  readonly tail: string | undefined;
  readonly pattern: string | undefined;
  readonly boot: string | undefined;
  readonly follow: boolean;
}

/** Kind of request to a kubelet: its journal (`/logs/?query=`), a file under /var/log, or a folder there. */
type LogKind = 'query' | 'file' | 'folder';

export interface LogRequest {
  readonly kind: LogKind;
  /** Path of the request, with the options as its query. */
  readonly path: string;
  readonly follow: boolean;
  /** The number of last lines of a file; of a query it is part of `path`. */
  readonly tail: number | undefined;
}

export interface NodeLogsRequest {
  readonly target: TargetRequest;
  readonly log: LogRequest;
  /** In ms, of one node, from start to end; of what is followed, and of one node alone without --timeout, until it begins. */
  readonly timeoutMs: number;
  readonly isTimeoutGiven: boolean;
  readonly parallel: number;
}

/** Options by purpose. */
const optionNames = {
  since: '--since',
  until: '--until',
  tail: '--tail',
  pattern: '--grep',
  boot: '--boot',
  follow: '--follow',
} as const;

const forKind: Readonly<Record<LogKind, readonly (keyof typeof optionNames)[]>> = {
  query: ['since', 'until', 'tail', 'pattern', 'boot', 'follow'],
  file: ['tail', 'follow'],
  folder: [],
};

/** As of tail -f, where nothing else says where to begin. */
const followedTail = '10';

/** @param nowMs the time that durations count from */
export function parseLogRequest(given: LogOptions, nowMs: number): LogRequest {
  const { unit, file, follow, since, boot } = given;
  const isFromNow = follow && since === undefined && boot === undefined;
  const options = { ...given, tail: given.tail ?? (isFromNow ? followedTail : undefined) };
  if (unit.length > 0 && file !== undefined) throw notTogether('--unit', '--path');
  const kind = unit.length > 0 ? 'query' : isFolder(file) ? 'folder' : 'file';
  checkOptions(kind, given);
  if (kind === 'query') {
    const path = `/logs/?${queryOf(options, nowMs)}`;
    return { kind, path, follow, tail: undefined };
  }
  const path = `/logs/${pathIn(file ?? '')}`;
  return { kind, path, follow, tail: parseTail(options.tail, Number.MAX_SAFE_INTEGER) };
}

function isFolder(file = ''): boolean {
  return /(?:^|\/)$/.test(pathIn(file));
}

/** As the kubelet serves it: below /var/log. */
function pathIn(file: string): string {
  const inside = file.replace(/^\/+(?:var\/log(?:\/+|$))?/, '');
  if (inside.split('/').includes('..'))
    throw new UsageFailure(`invalid --path value "${file}": must be a file under /var/log`);
  return inside.split('/').map(encodeURIComponent).join('/');
}

function checkOptions(kind: LogKind, options: LogOptions): void {
  const given = (Object.keys(optionNames) as (keyof typeof optionNames)[]).filter(
    (name) => options[name] !== undefined && options[name] !== false,
  );
  const misplaced = given.find((name) => !forKind[kind].includes(name));
  if (misplaced !== undefined)
    throw new UsageFailure(`${optionNames[misplaced]} requires ${neededFor(misplaced)}`, {
      hints: kind === 'file' ? ['files have no times: --tail N for the last lines'] : [],
    });
  if (!options.follow) return;
  if (options.until !== undefined) throw notTogether('--follow', '--until');
  if (options.boot !== undefined && options.boot !== '0')
    throw new UsageFailure('--follow cannot be used with --boot of an earlier boot');
}

function neededFor(name: keyof typeof optionNames): string {
  return forKind.file.includes(name) ? '--unit UNIT or --path FILE' : '--unit UNIT';
}

function queryOf(options: LogOptions, nowMs: number): string {
  const { since, until, pattern, boot } = options;
  const from = since === undefined ? undefined : parseLogTime('--since', since);
  const to = until === undefined ? undefined : parseLogTime('--until', until);
  const fromMs = from && toPointInTime(from, nowMs);
  // Up to the end of its second.
  const toMs = to && Math.ceil(toPointInTime(to, nowMs) / 1000) * 1000;
  if (fromMs !== undefined && toMs !== undefined && fromMs > toMs)
    throw new UsageFailure(`invalid --until value "${until}": must be after --since "${since}"`);
  if (pattern === '')
    throw new UsageFailure('invalid --grep value "": must be a regular expression');
  // The limit of kubelets for queries.
  const tail = parseTail(options.tail, 100_000);
  return [
    ...parseUnits(options.unit).map((name) => ['query', name] as const),
    ...parameter('sinceTime', fromMs === undefined ? undefined : formatLogTime(fromMs)),
    ...parameter('untilTime', toMs === undefined ? undefined : formatLogTime(toMs)),
    ...parameter('tailLines', tail),
    ...parameter('pattern', pattern),
    ...parameter('boot', boot === undefined ? undefined : parseBoot(boot)),
  ]
    .map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
    .join('&');
}

function parameter(
  name: string,
  value: string | number | undefined,
): readonly (readonly [name: string, value: string])[] {
  return value === undefined ? [] : [[name, String(value)]];
}

/** The limits of kubelets (`validateServices`). What holds a slash would be the path of a file, for which options are invalid. */
function parseUnits(units: readonly string[]): readonly string[] {
  for (const unit of units)
    if (!/^[A-Za-z0-9._:@-]{1,256}$/.test(unit))
      throw new UsageFailure(
        `invalid --unit value "${unit}": must be the name of a service, of letters, digits and ._:@-`,
        unit.includes('/') ? { hints: [`for a file under /var/log: --path ${unit}`] } : {},
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

/** Undefined for all lines. */
function parseTail(text: string | undefined, most: number): number | undefined {
  if (text === undefined || text === '-1') return undefined;
  return parseCount('--tail', text, { least: 0, most });
}
