import type { Context } from '../../context.ts';
import { exitCodes, Failure, UsageFailure } from '../../errors.ts';
import { paused } from '../../kube/pause.ts';
import { escapeControl } from '../../text/escape.ts';
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
  let trouble = '';
  do {
    const report = await check().catch(passing);
    if (signal.aborted) {
      // A later check that is cut short has no changes to tell.
      if (!before && !(report instanceof Failure)) stdout.write(render(report));
      break;
    }
    const line = (text: string) =>
      `${new Date().toISOString().slice(11, 19)} ${escapeControl(text)}\n`;
    if (report instanceof Failure) {
      if (report.message !== trouble) stderr.write(line(report.message));
      trouble = report.message;
      continue;
    }
    trouble = '';
    const changes = before ? changesOf(before, report) : [];
    if (!before || (whole && changes.length > 0)) stdout.write(render(report));
    else stdout.write(changes.map(line).join(''));
    before = report;
    if (untilOk && report.verdict === 'ok') return exitCodes.ok;
  } while (await paused(intervalMs, signal));
  return exitCodes.interrupted;
}

/** A failure that may have passed by the next check. A wrong command line will not. */
function passing(error: unknown): Failure {
  if (error instanceof Failure && !(error instanceof UsageFailure)) return error;
  throw error;
}
