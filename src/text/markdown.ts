import { escapeControl } from './escape.ts';

/** Escapes text from a server and joins it to one line, so that Markdown renders no link, heading or HTML in it. */
export function markdownText(text: string): string {
  const line = escapeControl(text.replaceAll(/\s+/g, ' ').trim());
  return line.replaceAll(/[\\`*_[\]<>|#~]/g, String.raw`\$&`);
}

/** Renders a list of facts, such as `- **Cluster**: …`. Leaves out facts with an empty text. */
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

/** Renders commands in a code block. Its fence has more backticks than any sequence of backticks in the commands. */
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
