import type { Context } from '../../context.ts';
import { exitCodes, Failure, orFailure, UsageFailure } from '../../errors.ts';
import { isFound, type Known, type Unknown } from '../../known.ts';
import { readings } from '../../kube/readings.ts';
import { paused } from '../../kube/within.ts';
import { clockTime } from '../../text/clock-time.ts';
import { escapeControlLine } from '../../text/escape.ts';
import { outcomeOf } from './probe.ts';
import type { NamedState } from './report/pair-state.ts';
import type { Report } from './report.ts';

interface WatchSettings {
  readonly intervalMs: number;
  readonly render: (report: Report) => string;
  /** True to print a changed report as a whole; false to print only its changes, one per line. */
  readonly whole: boolean;
}

/** Repeats the check and prints changes. A failed check does not end the watch. */
export async function watchReports(
  check: () => Promise<Report>,
  { intervalMs, render, whole }: WatchSettings,
  { signal, stdout, stderr }: Pick<Context, 'signal' | 'stdout' | 'stderr'>,
): Promise<number> {
  let before: Report | undefined;
  let failure = '';
  const read = () => check().then((found): Known<Report> => ({ found }), passing);
  for await (const checked of readings(read, { pauseMs: () => intervalMs, signal })) {
    if (signal.aborted) {
      // Print no changes: an interrupted check is incomplete, and would show changes that did not happen.
      if (!before && isFound(checked)) stdout.write(render(checked.found));
      break;
    }
    const line = (text: string) => `${clockTime(new Date())} ${escapeControlLine(text)}\n`;
    if (!isFound(checked)) {
      if (checked.unknown !== failure) stderr.write(line(checked.unknown));
      failure = checked.unknown;
      continue;
    }
    failure = '';
    const report = checked.found;
    const changes = before ? changesOf(before, report) : [];
    if (!before || (whole && changes.length > 0)) stdout.write(render(report));
    else stdout.write(changes.map(line).join(''));
    before = report;
  }
  return exitCodes.interrupted;
}

/** Returns a failure that may be gone at the next check. Throws all other errors, such as a wrong command line. */
function passing(error: unknown): Unknown {
  if (error instanceof Failure && !(error instanceof UsageFailure))
    return { unknown: error.message };
  throw error;
}

/** Returns the differences between two reports, one per line. Durations are ignored. */
function changesOf(before: Report, after: Report): readonly string[] {
  const [old, now] = [entriesOf(before), entriesOf(after)];
  const keys = new Set([...old.keys(), ...now.keys()]);
  return [...keys].flatMap((key) => {
    const [was, is] = [old.get(key), now.get(key)];
    if (was === is) return [];
    if (was === undefined) return [`${key}: ${is}`];
    return [`${key}: ${was} -> ${is ?? 'gone'}`];
  });
}

function entriesOf({
  verdict,
  grant: pair,
  hops,
  access,
  nodes,
  findings,
}: Report): Map<string, string> {
  return new Map([
    ['verdict', verdict],
    [`clusterrole/${pair.roleStatus.name}`, state(pair.roleStatus)],
    [`clusterrolebinding/${pair.bindingStatus.name}`, state(pair.bindingStatus)],
    ...hops.map(({ from, to, identity, message }) =>
      entry(`${from} -> ${to}`, `${message} (${identity})`),
    ),
    ...access.map(({ permission, identity, result }) => entry(`${identity} ${permission}`, result)),
    ...nodes.flatMap(({ name, direct, viaApiServer, streams }) => [
      entry(`${name} direct`, outcomeOf(direct)),
      entry(`${name} via API server`, outcomeOf(viaApiServer)),
      ...(streams
        ? (['webSocket', 'spdy', 'runtime', 'direct'] as const).map((step) =>
            entry(`${name} streams ${step}`, outcomeOf(streams[step])),
          )
        : []),
    ]),
    ...findings.map(({ message }) => entry(message, 'found')),
  ]);
}

function entry(key: string, value: string): [string, string] {
  return [key, value];
}

function state({ state, missing: lacks }: NamedState): string {
  return lacks.length > 0 ? `${state} (lacks ${lacks.join(', ')})` : state;
}

/** Pause in ms between two checks. */
const pauseMs = 2_000;

/**
 * Repeats the check until its verdict is ok. No check begins later than after `timeoutMs`. Returns the last report. A failed check does
 * not end the wait; throws if the last check failed.
 */
export async function waitUntilOk(
  check: () => Promise<Report>,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<Report> {
  const end = performance.now() + timeoutMs;
  for (;;) {
    const checked = await orFailure(check());
    const isLast =
      checked instanceof Failure ? checked instanceof UsageFailure : checked.verdict === 'ok';
    if (isLast || performance.now() + pauseMs > end || !(await paused(pauseMs, signal))) {
      if (checked instanceof Failure) throw checked;
      return checked;
    }
  }
}
