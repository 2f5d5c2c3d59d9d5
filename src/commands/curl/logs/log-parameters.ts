import { parseCount } from '../../../cli/parse-options.ts';
import { UsageFailure } from '../../../errors.ts';
import type { LogKind, LogOptions } from './log-kinds.ts';
import { formatLogTime, parseLogTime, toPointInTime, toSeconds } from './log-times.ts';

type Parameters = readonly (readonly [name: string, value: string])[];

/** The parameters by which a kubelet takes options. A file has none. `nowMs` is the time that durations count from. */
export function logParameters(
  kind: LogKind,
  options: LogOptions,
  tail: number | undefined,
  nowMs: number,
): Parameters {
  if (kind === 'query') return queryParameters(options, tail, nowMs);
  return kind === 'container' ? containerParameters(options, tail) : [];
}

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

/** Undefined for all lines. */
export function parseTail(text: string | undefined, kind: LogKind): number | undefined {
  if (text === undefined || text === '-1') return undefined;
  // The limit of kubelets for queries.
  const most = kind === 'query' ? 100_000 : Number.MAX_SAFE_INTEGER;
  return parseCount('--tail', text, { least: 0, most });
}
