/** Wraps each line between words, to at most `width` characters. A word that is longer gets a line of its own. */
export function wrapText(text: string, width: number, indent = ''): string {
  return text
    .split('\n')
    .map((line) => wrapLine(line, width, indent))
    .join('\n');
}

function wrapLine(text: string, width: number, indent: string): string {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && indent.length + last.length + 1 + word.length <= width)
      lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines.map((line) => indent + line).join('\n');
}

/**
 * Wraps one line, which may be indented or begin with a bullet. Lines after the first are indented by two more characters, so that they
 * line up with the text after a bullet.
 */
export function wrapHanging(line: string, width = Number.POSITIVE_INFINITY): string {
  if (line.length <= width) return line;
  const [, start = '', text = ''] = /^( *(?:\* )?)(.*)$/s.exec(line) ?? [];
  const indent = ' '.repeat(start.length + (start.includes('*') ? 0 : 2));
  const [first = '', ...rest] = wrapLine(text, width - indent.length, '').split('\n');
  return [start + first, ...rest.map((each) => indent + each)].join('\n');
}
