import { escapeControl } from './escape.ts';

/** Escapes a server's text to one line in which Markdown finds no link, heading or HTML. */
export function markdownText(text: string): string {
  const line = escapeControl(text.replaceAll(/\s+/g, ' ').trim());
  return line.replaceAll(/[\\`*_[\]<>|#~]/g, String.raw`\$&`);
}

/** Renders a list of facts, `- **Cluster**: …`; facts without a text are left out. */
export function markdownFacts(facts: readonly (readonly [name: string, text: string])[]): string {
  return facts
    .filter(([, text]) => text !== '')
    .map(([name, text]) => `- **${name}**: ${markdownText(text)}\n`)
    .join('');
}

/** Renders a table with escaped cells. */
export function markdownTable(
  heads: readonly string[],
  rows: readonly (readonly string[])[],
): string {
  const line = (cells: readonly string[]) => `| ${cells.map(markdownText).join(' | ')} |\n`;
  return `${line(heads)}|${' --- |'.repeat(heads.length)}\n${rows.map(line).join('')}`;
}

/** Renders commands in a code block, whose fence is longer than any run of backticks in them. */
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
