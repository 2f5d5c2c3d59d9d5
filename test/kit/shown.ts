import { paintNothing } from '../../src/text/color.ts';
import { type ReportStyle, renderReport } from '../../src/text/render-report.ts';
import type { Scope, Shown } from '../../src/text/shown.ts';

/** Renders a report as a table without color, unless `style` says otherwise. */
export function printed<Report extends object>(
  report: Report,
  toShown: (report: Report, scope: Scope) => Shown,
  style: Partial<ReportStyle> = {},
): string {
  return [
    ...renderReport(report, toShown, { format: 'table', paint: paintNothing, ...style }),
  ].join('');
}

/** Returns the rows of the table whose first head is this, without heads. */
export function rowsUnder(head: string, text: string): readonly string[] {
  const [, rows = ''] = new RegExp(`^${head} .*\\n((?:.+\\n)*)`, 'm').exec(text) ?? [];
  return rows.trimEnd().split('\n');
}
