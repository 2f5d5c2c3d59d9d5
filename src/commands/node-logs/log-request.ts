import type { FleetChoice } from '../../cli/node-options.ts';
import { declare, type ValuesOf } from '../../cli/option.ts';
import { UsageFailure } from '../../errors.ts';
import type { LineFilter } from '../shared/logs/line-filter.ts';
import {
  formatLogTime,
  formatQuery,
  parseLogTime,
  parseTail,
  toPointInTime,
} from '../shared/logs/log-times.ts';

/** Common services of nodes. If a user gives one of these names as NODE, the user means --unit. */
export const units = ['kubelet', 'containerd', 'crio'];

export const logOptions = {
  unit: () =>
    declare.logs.list('-u,--unit', 'Service whose journal to print. Can be repeated.', {
      completes: units,
      not: ['--path'],
    }),
  file: () => declare.logs.textIfGiven('--path', 'File or folder under /var/log, such as syslog.'),
  since: () =>
    declare.logs.textIfGiven('--since', 'Only entries newer than a duration or time, such as 5m.'),
  until: () =>
    declare.logs.textIfGiven('--until', 'Only entries older than a duration or time, such as 5m.'),
  tail: () => declare.logs.textIfGiven('--tail', 'Print only the last N lines.'),
  pattern: () =>
    declare.logs.textIfGiven(
      '-g,--grep',
      'Print only matching lines: RE2 for files, PCRE2 for journals (on Windows PowerShell).',
    ),
  boot: () =>
    declare.logs.textIfGiven(
      '--boot',
      'Entries of this boot: 0 for the current, --boot=-1 for the previous one.',
    ),
  follow: () =>
    declare.logs.flag('-f,--follow', 'Stream new lines, also after log rotation.', {
      not: ['--until'],
    }),
};

export type NodeLogOptions = ValuesOf<typeof logOptions>;

/** `query`: the journal (`/logs/?query=`). `file` and `folder`: below /var/log. */
type LogKind = 'query' | 'file' | 'folder';

export interface LogRequest {
  readonly kind: LogKind;
  readonly path: string;
  readonly follow: boolean;
  /** Number of last lines of a file; undefined for all lines. A query has the number in `path`. */
  readonly tail: number | undefined;
  /** Selects lines of a file; undefined for all lines. A query has its pattern in `path`. */
  readonly isShown?: LineFilter | undefined;
}

export interface NodeLogsSettings {
  readonly chosen: FleetChoice;
  readonly log: LogRequest;
  /** Time limit in ms for each node. With --follow, or for one node without --timeout, it limits only the start of the answer. */
  readonly timeoutMs: number;
  readonly isTimeoutGiven: boolean;
  readonly parallel: number;
}

/** Kind of log that an option requires. Queries accept all options. */
const needs = [
  ['since', '--since', 'query'],
  ['until', '--until', 'query'],
  ['tail', '--tail', 'file'],
  ['pattern', '--grep', 'file'],
  ['boot', '--boot', 'query'],
  ['follow', '--follow', 'file'],
] as const;

/** Default of --tail with --follow and without --since and --boot, as in tail -f. */
const followedTail = '10';

export function parseLogRequest(given: NodeLogOptions, nowMs: number): LogRequest {
  const { unit, file, follow, since, boot } = given;
  const isFromNow = follow && since === undefined && boot === undefined;
  const options = { ...given, tail: given.tail ?? (isFromNow ? followedTail : undefined) };
  const kind = unit.length > 0 ? 'query' : isFolder(file) ? 'folder' : 'file';
  checkOptions(kind, given);
  if (given.pattern === '')
    throw new UsageFailure('invalid --grep value "": must be a regular expression');
  if (kind === 'query') {
    const path = `/logs/?${queryOf(options, nowMs)}`;
    return { kind, path, follow, tail: undefined };
  }
  const path = `/logs/${pathIn(file ?? '')}`;
  return { kind, path, follow, tail: parseTail(options.tail) };
}

function isFolder(file = ''): boolean {
  return /(?:^|\/)$/.test(pathIn(file));
}

/** Returns the path of a file below /var/log, from which kubelets serve files. */
function pathIn(file: string): string {
  const inside = file.replace(/^\/+(?:var\/log(?:\/+|$))?/, '');
  if (inside.split('/').includes('..'))
    throw new UsageFailure(`invalid --path value "${file}": must be a file under /var/log`);
  return inside.split('/').map(encodeURIComponent).join('/');
}

function checkOptions(kind: LogKind, options: NodeLogOptions): void {
  for (const [name, flag, need] of needs) {
    if (options[name] === undefined || options[name] === false) continue;
    if (kind === 'query' || kind === need) continue;
    throw new UsageFailure(
      `${flag} requires --unit UNIT${need === 'file' ? ' or --path FILE' : ''}`,
      { hints: kind === 'file' ? ['files have no times: --tail N for the last lines'] : [] },
    );
  }
  if (!options.follow) return;
  if (options.boot !== undefined && options.boot !== '0')
    throw new UsageFailure('--follow cannot be used with --boot of an earlier boot');
}

function queryOf(options: NodeLogOptions, nowMs: number): string {
  const { since, until, pattern, boot } = options;
  const pointOf = (flag: string, text: string | undefined) =>
    text === undefined ? undefined : toPointInTime(parseLogTime(flag, text), nowMs);
  const fromMs = pointOf('--since', since);
  const untilMs = pointOf('--until', until);
  // Rounds up, because kubelets read times to the second.
  const toMs = untilMs === undefined ? undefined : Math.ceil(untilMs / 1000) * 1000;
  if (fromMs !== undefined && toMs !== undefined && fromMs > toMs)
    throw new UsageFailure(`invalid --until value "${until}": must be after --since "${since}"`);
  return formatQuery([
    ...parseUnits(options.unit).map((name) => ['query', name] as const),
    ['sinceTime', formatLogTime(fromMs)],
    ['untilTime', formatLogTime(toMs)],
    // Kubelets reject a larger number.
    ['tailLines', parseTail(options.tail, 100_000)],
    ['pattern', pattern],
    ['boot', boot === undefined ? undefined : parseBoot(boot)],
  ]);
}

/**
 * Throws for a name that is no service. A kubelet would read a name with a slash as a file, which allows no options. Source:
 * `validateServices` of kubelets.
 */
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
