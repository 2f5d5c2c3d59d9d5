import { type Paint, paintNothing, withoutColumns } from './color.ts';
import { documentFormats, documents, isDocument, renderDocument } from './documents.ts';
import { escapeControlLine, escapeControlLines } from './escape.ts';
import type { Fields } from './fields.ts';
import { type Detail, formatDetail, renderFinding } from './finding.ts';
import type { RenderTemplate } from './output-template.ts';
import { renderJson, renderYaml } from './serialize.ts';
import { jsonParts, yamlParts } from './serialize-parts.ts';
import type { Line, Part, Scope, Section, Shown } from './shown.ts';
import { renderTable } from './table.ts';
import { wrapHanging } from './wrap.ts';

/** Formats of reports, without those that take a template. */
export const reportFormats = ['table', 'wide', 'json', 'yaml', ...documentFormats] as const;

export interface ReportStyle {
  readonly format: (typeof reportFormats)[number] | RenderTemplate;
  readonly showAll?: boolean;
  readonly paint: Paint;
}

/** Renders a report. JSON and YAML are the report itself; other formats show what `toShown` makes of it. */
export function renderReport<Report extends object>(
  report: Report,
  toShown: (report: Report, scope: Scope) => Shown,
  { format, showAll = false, paint }: ReportStyle,
): Iterable<string> {
  if (typeof format === 'function') return [format(report)];
  if (format === 'json') return jsonParts(report);
  if (format === 'yaml') return yamlParts({ ...(report as Fields) });
  if (isDocument(format)) {
    const scope = { isWide: true, showAll, isDocument: true };
    return [renderDocument(toShown(report, scope), documents[format])];
  }
  const isWide = format === 'wide';
  const scope = { isWide, showAll: isWide || showAll, isDocument: false };
  return [renderSections(toShown(report, scope).sections, isWide ? withoutColumns(paint) : paint)];
}

/** Formats of objects that have no other columns or details to show. */
export const objectFormats = ['table', 'json', 'yaml'] as const;

/** Renders objects as `kubectl get` does in JSON and YAML, and what is shown of them as a table. */
export function renderObjects(
  objects: readonly object[],
  sections: readonly Section[],
  format: (typeof objectFormats)[number],
  paint: Paint,
): string {
  if (format === 'json') return renderJson(objects);
  return format === 'yaml' ? renderYaml(objects) : renderSections(sections, paint);
}

/** Renders the sections of a report for a terminal, with blank lines between them. */
export function renderSections(sections: readonly Section[], paint: Paint = paintNothing): string {
  return sections
    .map((parts) => parts.map((part) => renderPart(part, paint)).join(''))
    .filter((text) => text !== '')
    .join('\n');
}

function renderPart(part: Part, paint: Paint): string {
  if ('heads' in part)
    return part.rows.length === 0 ? '' : renderTable(part.heads, part.rows, paint);
  if ('findings' in part) return part.findings.map((each) => renderFinding(each, paint)).join('');
  if ('lines' in part) return part.lines.map((line) => renderLine(line, paint)).join('');
  if ('facts' in part) return renderFacts(part.facts);
  if ('verbatim' in part) return escapeControlLines(part.verbatim);
  const { title, note } = part;
  return `${title.toUpperCase()}${note === undefined ? '' : ` (${note})`}\n`;
}

function renderFacts(facts: readonly Detail[]): string {
  const start = ({ label }: Detail) => (label === undefined ? '' : `${label}:`);
  const width = Math.max(9, ...facts.map((each) => start(each).length + 1));
  return escapeControlLines(facts.map((each) => `  ${start(each).padEnd(width)}${each.text}`));
}

function renderLine({ tones = {}, ...line }: Line, paint: Paint): string {
  const text = wrapHanging(escapeControlLine(formatDetail(line)), paint.columns);
  const painted = Object.entries(tones).reduce(
    (all, [words, tone]) => all.replace(words, () => paint(tone, words)),
    text,
  );
  return `${painted}\n`;
}
