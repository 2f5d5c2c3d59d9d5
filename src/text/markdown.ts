import { escapeControl } from './escape.ts';

/** The words of a server as text of one line, of which Markdown makes neither a link nor a heading, nor HTML. */
export function markdownText(text: string): string {
  const line = escapeControl(text.replaceAll(/\s+/g, ' ').trim());
  return line.replaceAll(/[\\`*_[\]<>|#~]/g, String.raw`\$&`);
}

/** A list of facts: `- **Cluster**: …`; none without a text. */
export function markdownFacts(facts: readonly (readonly [name: string, text: string])[]): string {
  return facts
    .filter(([, text]) => text !== '')
    .map(([name, text]) => `- **${name}**: ${markdownText(text)}\n`)
    .join('');
}

/** A table, whose cells are texts. */
export function markdownTable(
  heads: readonly string[],
  rows: readonly (readonly string[])[],
): string {
  const line = (cells: readonly string[]) => `| ${cells.map(markdownText).join(' | ')} |\n`;
  return `${line(heads)}|${' --- |'.repeat(heads.length)}\n${rows.map(line).join('')}`;
}

/** Commands to be pasted; in a block of its own, longer than any row of backticks in them. */
export function markdownCommands(commands: readonly string[]): string {
  if (commands.length === 0) return '';
  const lines = commands.map((command) => escapeControl(command));
  const longest = Math.max(
    2,
    ...lines.flatMap((line) => [...line.matchAll(/`+/g)].map(([row]) => row.length)),
  );
  const fence = '`'.repeat(longest + 1);
  return `${fence}sh\n${lines.join('\n')}\n${fence}\n`;
}
