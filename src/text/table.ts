import stringWidth from 'string-width';
import { type Paint, paintNothing, type Tone } from './color.ts';
import { escapeControl } from './escape.ts';

/** A text, optionally with a tone. */
export type Cell = string | readonly [text: string, tone: Tone];

/** Renders a table in kubectl's layout: upper-case heads, three spaces between columns, no borders, no truncation. */
export function renderTable(
  heads: readonly Cell[],
  rows: readonly (readonly Cell[])[],
  paint: Paint = paintNothing,
): string {
  const lines = [heads, ...rows].map((row) => row.map(plainCell));
  const widths = heads.map((_, column) =>
    Math.max(...lines.map((line) => stringWidth(line[column]?.text ?? ''))),
  );
  return lines.map((line) => `${renderLine(line, widths, paint)}\n`).join('');
}

interface PlainCell {
  readonly text: string;
  readonly tone: Tone;
}

/** A cell may have text of a server, which must not start a line or control the terminal. */
function plainCell(cell: Cell): PlainCell {
  const [text, tone] = typeof cell === 'string' ? ([cell, 'plain'] as const) : cell;
  return { text: escapeControl(text.trim().replaceAll(/\s+/g, ' ')) || '<none>', tone };
}

function renderLine(line: readonly PlainCell[], widths: readonly number[], paint: Paint): string {
  return line
    .map(({ text, tone }, column) => {
      const isLast = column === line.length - 1;
      const padding = isLast ? 0 : (widths[column] ?? 0) - stringWidth(text);
      return paint(tone, text) + ' '.repeat(padding);
    })
    .join('   ');
}
