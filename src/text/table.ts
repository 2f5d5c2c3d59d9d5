import stringWidth from 'string-width';
import { type Paint, paintNothing, type Tone } from './color.ts';
import { cutText, escapeControl } from './escape.ts';

export type Cell = string | readonly [text: string, tone: Tone];

/** Renders a table in kubectl's layout: upper-case heads, three spaces between columns, no borders, no truncation. */
export function renderTable(
  heads: readonly Cell[],
  rows: readonly (readonly Cell[])[],
  paint: Paint = paintNothing,
): string {
  return [...tableParts([heads, ...rows], paint)].join('');
}

/** The same of lines, with or without heads, one by one: a fleet may have hundreds of thousands of pods. */
export function* tableParts(lines: Iterable<readonly Cell[]>, paint: Paint): Generator<string> {
  const plain = Array.from(lines, (line) => line.map(plainCell));
  const widths = columnWidths(plain);
  for (const line of plain) yield `${renderLine(line, widths, paint)}\n`;
}

/** In characters. */
export const columnGap = 3;

/** Width of a table of these lines, in characters. */
export function tableWidth(lines: readonly (readonly Cell[])[]): number {
  const widths = columnWidths(lines.map((line) => line.map(plainCell)));
  return widths.reduce((sum, width) => sum + width, Math.max(0, widths.length - 1) * columnGap);
}

function columnWidths(lines: readonly (readonly Cell[])[]): readonly number[] {
  const [first = []] = lines;
  return first.map((_, column) => widest(lines, (line) => textOf(line[column])));
}

/** The width of the widest text on a terminal. */
export function widest<Line>(lines: readonly Line[], textOf: (line: Line) => string): number {
  return lines.reduce((most, line) => Math.max(most, stringWidth(textOf(line))), 0);
}

/** In characters, before escaping: each line of a table is as wide as its widest cell. */
const longestCell = 4000;

/** A cell may have text of a server, which must not start a line, control the terminal, or fill memory with spaces. */
function plainCell(cell: Cell): Cell {
  const line = textOf(cell).trim().replaceAll(/\s+/g, ' ');
  const text = escapeControl(cutText(line, longestCell)) || '<none>';
  return typeof cell === 'string' ? text : [text, cell[1]];
}

function textOf(cell: Cell = ''): string {
  return typeof cell === 'string' ? cell : cell[0];
}

function renderLine(line: readonly Cell[], widths: readonly number[], paint: Paint): string {
  return line
    .map((cell, column) => {
      const [text, tone] = typeof cell === 'string' ? ([cell, 'plain'] as const) : cell;
      const isLast = column === line.length - 1;
      const padding = isLast ? 0 : (widths[column] ?? 0) - stringWidth(text);
      return paint(tone, text) + ' '.repeat(padding);
    })
    .join(' '.repeat(columnGap));
}
