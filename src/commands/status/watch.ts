import type { Context } from '../../context.ts';
import { exitCodes, Failure, UsageFailure } from '../../errors.ts';
import { isFound, type Known, type Unknown } from '../../known.ts';
import { paused } from '../../kube/pause.ts';
import { escapeControlLine } from '../../text/escape.ts';
import { changesOf } from './changes.ts';
import type { Report } from './report.ts';

export interface WatchSettings {
  readonly intervalMs: number;
  /** End as soon as the verdict is ok. */
  readonly untilOk: boolean;
  readonly render: (report: Report) => string;
  /** Print each report that differs from the last as a whole; else only the changes, a line each. */
  readonly whole: boolean;
}

/** Checks again and again, and prints what changes. A failed check is a line, not the end. */
export async function watchReports(
  check: () => Promise<Report>,
  { intervalMs, untilOk, render, whole }: WatchSettings,
  { signal, stdout, stderr }: Pick<Context, 'signal' | 'stdout' | 'stderr'>,
): Promise<number> {
  let before: Report | undefined;
  let failure = '';
  do {
    const checked = await check().then((found): Known<Report> => ({ found }), passing);
    if (signal.aborted) {
      // A later check that is cut short has no changes to tell.
      if (!before && isFound(checked)) stdout.write(render(checked.found));
      break;
    }
    const line = (text: string) =>
      `${new Date().toISOString().slice(11, 19)} ${escapeControlLine(text)}\n`;
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
    if (untilOk && report.verdict === 'ok') return exitCodes.ok;
  } while (await paused(intervalMs, signal));
  return exitCodes.interrupted;
}

/** A failure that may have passed by the next check. A wrong command line will not. */
function passing(error: unknown): Unknown {
  if (error instanceof Failure && !(error instanceof UsageFailure))
    return { unknown: error.message };
  throw error;
}
