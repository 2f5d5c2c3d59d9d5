import { escapeControl } from './escape.ts';
import type { Markup } from './markup.ts';

export const markdown: Markup = {
  heading: (level, text) => `${'#'.repeat(level)} ${escaped(text)}\n`,
  paragraph: (text) => `${escaped(text)}\n`,
  list: (entries) =>
    entries
      .map(
        ({ label, text }) =>
          `- ${label === undefined ? '' : `**${escaped(label)}**: `}${escaped(text)}\n`,
      )
      .join(''),
  table: (heads, rows) => {
    const line = (cells: readonly string[]) => `| ${cells.map(escaped).join(' | ')} |\n`;
    return `${line(heads)}|${' --- |'.repeat(heads.length)}\n${rows.map(line).join('')}`;
  },
  code: (lines) => {
    const text = escapeControl(lines.join('\n'));
    // The fence has more backticks than any sequence of backticks in the text.
    const ticks = [...text.matchAll(/`+/g)].map(([each]) => each.length);
    const fence = '`'.repeat(Math.max(2, ...ticks) + 1);
    return `${fence}sh\n${text}\n${fence}\n`;
  },
};

/** Joins text to one line, and escapes it, so that Markdown renders no link, heading or HTML in it. */
function escaped(text: string): string {
  const line = escapeControl(text.replaceAll(/\s+/g, ' ').trim());
  return line.replaceAll(/[\\`*_[\]<>|#~]/g, String.raw`\$&`);
}
