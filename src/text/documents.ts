import { escapeControlLine } from './escape.ts';
import { type Detail, formatDetail, type ShownFinding } from './finding.ts';
import { markdown } from './markdown.ts';
import type { Markup } from './markup.ts';
import type { Part, Section, Shown } from './shown.ts';
import { cellText } from './table.ts';

/** Output formats for documents. All reports have them, and tables of what the API server knows. */
export const documents = { markdown } as const satisfies Readonly<Record<string, Markup>>;

type DocumentFormat = keyof typeof documents;

export const documentFormats = Object.keys(documents) as readonly DocumentFormat[];

export function isDocument(format: string): format is DocumentFormat {
  return Object.hasOwn(documents, format);
}

/** Renders a report for readers of a ticket. Lines of text come first, then findings, then tables. */
export function renderDocument({ title, intro, facts, sections }: Shown, markup: Markup): string {
  const { lines = [], findings = [], others = [] } = Object.groupBy(sections, kindOf);
  const summary = lines.flat().flatMap((part) => ('lines' in part ? part.lines : []));
  return [
    markup.heading(1, title),
    markup.paragraph(intro),
    listOf([...facts, ...summary], markup),
    ...findings.flat().flatMap((part) => renderPart(part, markup)),
    // Without this heading, tables would be part of the last finding. A document of one table needs none.
    lines.length + findings.length === 0 ? '' : markup.heading(2, 'Details'),
    ...others.flat().flatMap((part) => renderPart(part, markup)),
  ]
    .filter((text) => text !== '')
    .join('\n');
}

function kindOf(section: Section): 'lines' | 'findings' | 'others' {
  if (section.length === 0) return 'others';
  if (section.every((part) => 'lines' in part)) return 'lines';
  return section.every((part) => 'findings' in part) ? 'findings' : 'others';
}

function renderPart(part: Part, markup: Markup): readonly string[] {
  if ('lines' in part) return [listOf(part.lines, markup)];
  if ('facts' in part) return [listOf(part.facts, markup)];
  if ('verbatim' in part) return [markup.code(part.verbatim.map(escapeControlLine))];
  if ('heads' in part) {
    const rows = part.rows.map((row) => row.map(cellText));
    return rows.length === 0 ? [] : [markup.table(part.heads, rows)];
  }
  if ('findings' in part) {
    const entries = part.findings.filter(({ severity }) => severity === undefined);
    const problems = part.findings.filter(({ severity }) => severity !== undefined);
    return [
      listOf(entries.map(entryOf), markup),
      ...problems.flatMap((each) => renderFinding(each, markup)),
    ];
  }
  const { title, note } = part;
  return [markup.heading(2, title), ...(note === undefined ? [] : [markup.paragraph(note)])];
}

function entryOf({ message, details = [] }: ShownFinding): Detail {
  const more = details.length === 0 ? '' : ` (${details.map(formatDetail).join('; ')})`;
  return { text: message + more };
}

function renderFinding(
  { id, severity, message, details = [], commands = [] }: ShownFinding,
  markup: Markup,
): readonly string[] {
  const start = [id, severity].filter(Boolean).join(' ');
  return [
    markup.heading(2, `${capital(start)}: ${message}`),
    listOf(details, markup),
    commands.length === 0 ? '' : markup.code(commands),
  ];
}

function listOf(entries: readonly Detail[], { list }: Markup): string {
  return list(
    entries.map(({ label, text }) => ({
      text,
      ...(label !== undefined && { label: capital(label) }),
    })),
  );
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
