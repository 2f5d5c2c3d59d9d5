import stringWidth from 'string-width';

/** A table as kubectl prints one: upper-case heads, three blanks between columns, no borders, nothing cut. */
export function renderTable(
  heads: readonly string[],
  rows: readonly (readonly string[])[],
): string {
  const lines = [heads, ...rows].map((row) =>
    // A cell that somebody else filled must not begin a line of its own.
    row.map((cell) => cell.replaceAll(/\s+/g, ' ') || '<none>'),
  );
  const widths = heads.map((_, column) =>
    Math.max(...lines.map((line) => stringWidth(line[column] ?? ''))),
  );
  return lines.map((line) => `${renderLine(line, widths)}\n`).join('');
}

function renderLine(line: readonly string[], widths: readonly number[]): string {
  return line
    .map((cell, column) => cell + ' '.repeat((widths[column] ?? 0) - stringWidth(cell)))
    .join('   ')
    .trimEnd();
}
