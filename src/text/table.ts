import stringWidth from 'string-width';
import { type Paint, paintNothing, type Tone } from './color.ts';
import { cutText, escapeControl } from './escape.ts';
import { wrapText } from './wrap.ts';

export type Cell = string | readonly [text: string, tone: Tone];

/**
 * Renders a table in kubectl's layout: upper-case heads, three spaces between columns, no borders. Texts are not shortened unless the
 * terminal is too narrow.
 */
export function renderTable(
  heads: readonly Cell[],
  rows: readonly (readonly Cell[])[],
  paint: Paint = paintNothing,
): string {
  return [...tableParts([heads, ...rows], paint, paint.columns)].join('');
}

/**
 * Renders a table with or without heads. Yields it line by line, because there may be hundreds of thousands of pods. If the table is wider
 * than `columns`, the width of the terminal, it changes in three ways: there are two spaces between columns, texts in the widest columns
 * are shortened, and sentences in the last column are wrapped.
 */
export function* tableParts(
  lines: Iterable<readonly Cell[]>,
  paint: Paint,
  columns = Number.POSITIVE_INFINITY,
): Generator<string> {
  const plain = Array.from(lines, (line) => line.map(plainCell));
  const natural = columnWidths(plain);
  const isWide = widthOf(natural, columnGap) > columns;
  const gap = ' '.repeat(isWide ? narrowGap : columnGap);
  const hasProse = isWide && plain.some((line) => isProse(textOf(line.at(-1))));
  const widths = isWide ? fittingWidths(plain, natural, { columns, hasProse }) : natural;
  const fit = isWide ? shortenText : (text: string) => text;
  for (const line of plain)
    for (const part of hasProse ? foldLast(line, widths.at(-1) ?? 0) : [line])
      yield `${renderLine(part, widths, { gap, fit, paint })}\n`;
}

/** Wraps the last cell of a line. Returns the resulting lines; all lines except the first have text only in the last cell. */
function foldLast(line: readonly Cell[], width: number): readonly (readonly Cell[])[] {
  const last = line.at(-1) ?? '';
  const [first = '', ...rest] = wrapText(textOf(last), width).split('\n');
  const inTone = (text: string): Cell => (typeof last === 'string' ? text : [text, last[1]]);
  return [
    [...line.slice(0, -1), inTone(first)],
    ...rest.map((text) => [...line.slice(1).map(() => ''), inTone(text)]),
  ];
}

function isProse(text: string): boolean {
  return text.split(' ').length > 3;
}

/** Number of spaces between columns. */
export const columnGap = 3;
const narrowGap = 2;
/** Columns up to this width are not shortened. */
const keptWidth = 8;
/** The minimum width of a column of sentences, in characters. */
const proseWidth = 20;

/** Matches texts of ASCII characters, which all have width 1. This avoids measuring, which is slow for hundreds of thousands of texts. */
const isAscii = /^[ -~]*$/;
/** Matches a number, with or without a unit, and a time of day. */
const isNumber = /^[-<>+]?[\d.,:]*[A-Za-z%\u00b5/]{0,4}$/;

/** Reduces the widest columns first. Does not reduce a column of numbers or times, or a column in which two different texts would look the same. */
function fittingWidths(
  lines: readonly (readonly Cell[])[],
  natural: readonly number[],
  { columns, hasProse }: { readonly columns: number; readonly hasProse: boolean },
): readonly number[] {
  const bodies = natural.map((_, column) => [
    ...new Set(lines.slice(lines.length > 1 ? 1 : 0).map((line) => textOf(line[column]))),
  ]);
  const last = natural.length - 1;
  const kept = new Set(
    bodies.flatMap((texts, column) =>
      texts.every((text) => isNumber.test(text)) || (hasProse && column === last) ? column : [],
    ),
  );
  for (;;) {
    const widths = natural.map((width, column) =>
      hasProse && column === last ? Math.min(width, proseWidth) : width,
    );
    for (let excess = widthOf(widths, narrowGap) - columns; excess > 0; excess -= 1) {
      const most = Math.max(...widths.map((width, column) => (kept.has(column) ? 0 : width)));
      if (most <= keptWidth) break;
      widths[widths.findIndex((width, column) => width === most && !kept.has(column))] = most - 1;
    }
    const alike = bodies.findIndex(
      (texts, column) =>
        !kept.has(column) &&
        (widths[column] ?? 0) < (natural[column] ?? 0) &&
        new Set(texts.map((text) => shortenText(text, widths[column] ?? 0))).size < texts.length,
    );
    if (alike === -1) return hasProse ? widths.with(last, restFor(widths, columns)) : widths;
    kept.add(alike);
  }
}

/** Returns the width that remains for the last column. */
function restFor(widths: readonly number[], columns: number): number {
  const others = widthOf(widths.slice(0, -1), narrowGap) + narrowGap;
  return Math.max(proseWidth, columns - others);
}

function widthOf(widths: readonly number[], gap: number): number {
  return widths.reduce((sum, width) => sum + width, Math.max(0, widths.length - 1) * gap);
}

/** Created when it is first used, because the startup snapshot of the program cannot contain a segmenter. */
let segmenter: Intl.Segmenter | undefined;

/** Shortens a text in its middle, because pod names often differ only at their end. */
function shortenText(text: string, width: number): string {
  if (isAscii.test(text)) {
    if (text.length <= width) return text;
    const end = Math.max(0, Math.floor((width - 1) / 3));
    return `${text.slice(0, Math.max(0, width - 1 - end))}…${text.slice(text.length - end)}`;
  }
  if (stringWidth(text) <= width) return text;
  segmenter ??= new Intl.Segmenter();
  const characters = [...segmenter.segment(text)].map(({ segment }) => segment);
  const take = (from: readonly string[], most: number) => {
    let taken = 0;
    let used = 0;
    for (const character of from) {
      used += stringWidth(character);
      if (used > most) break;
      taken += 1;
    }
    return taken;
  };
  const end = take(characters.toReversed(), Math.floor((width - 1) / 3));
  const tail = characters.slice(characters.length - end).join('');
  const start = take(characters, width - 1 - stringWidth(tail));
  return `${characters.slice(0, start).join('')}…${tail}`;
}

export function tableWidth(lines: readonly (readonly Cell[])[]): number {
  return widthOf(columnWidths(lines.map((line) => line.map(plainCell))), columnGap);
}

function columnWidths(lines: readonly (readonly Cell[])[]): readonly number[] {
  const [first = []] = lines;
  return first.map((_, column) => widest(lines, (line) => textOf(line[column])));
}

export function widest<Line>(lines: readonly Line[], textOf: (line: Line) => string): number {
  return lines.reduce((most, line) => Math.max(most, stringWidth(textOf(line))), 0);
}

/** Limit of a cell before escaping, in characters. Without it, one long cell would make every line of the table equally wide. */
const longestCell = 4000;

/**
 * Escapes and cuts the text of a cell, because text from a server must not begin a new line, control the terminal, or fill memory with
 * spaces.
 */
function plainCell(cell: Cell): Cell {
  const line = textOf(cell).trim().replaceAll(/\s+/g, ' ');
  const text = escapeControl(cutText(line, longestCell)) || '<none>';
  return typeof cell === 'string' ? text : [text, cell[1]];
}

/** Returns the text of a cell as tables print it, without its color. */
export function cellText(cell: Cell): string {
  return textOf(plainCell(cell));
}

function textOf(cell: Cell = ''): string {
  return typeof cell === 'string' ? cell : cell[0];
}

function renderLine(
  line: readonly Cell[],
  widths: readonly number[],
  {
    gap,
    fit,
    paint,
  }: {
    readonly gap: string;
    readonly fit: (text: string, width: number) => string;
    readonly paint: Paint;
  },
): string {
  return line
    .map((cell, column) => {
      const [whole, tone] = typeof cell === 'string' ? ([cell, 'plain'] as const) : cell;
      const width = widths[column] ?? 0;
      const text = fit(whole, width);
      const isLast = column === line.length - 1;
      return paint(tone, text) + ' '.repeat(isLast ? 0 : width - stringWidth(text));
    })
    .join(gap);
}
