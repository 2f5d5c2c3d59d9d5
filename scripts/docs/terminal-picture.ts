/** Text of one color in a line of a terminal. */
interface Run {
  readonly text: string;
  /** The code of SGR: 0 for the default color, 2 for faint, 31 to 36 for colors. */
  readonly code: number;
}

const columns = 110;
const cell = { width: 8, height: 18 };
const margin = 16;
const bar = 28;

/** Readable on the background, with a contrast of at least 4.5. */
const colors: Readonly<Record<number, string>> = {
  2: '#9198a1',
  31: '#ff7b72',
  32: '#56d364',
  33: '#e3b341',
  34: '#79c0ff',
  35: '#d2a8ff',
  36: '#76e3ea',
};

/** An SVG of a terminal with this output, which may have colors; lines wrap as on a terminal of 110 columns. */
export function terminalPicture(title: string, output: string): string {
  const lines = output.split('\n').flatMap((line) => wrap(runsOf(line)));
  const width = columns * cell.width + 2 * margin;
  const height = bar + lines.length * cell.height + margin + 8;
  const dots = ['#ff5f57', '#febc2e', '#28c840'].map(
    (fill, index) => `<circle cx="${20 + index * 18}" cy="${bar / 2 + 2}" r="5" fill="${fill}"/>`,
  );
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img">`,
    `<title>${escapeXml(title)}</title>`,
    `<rect width="${width}" height="${height}" rx="8" fill="#0d1117"/>`,
    ...dots,
    '<g font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, \'DejaVu Sans Mono\', monospace" font-size="13" fill="#e6edf3" xml:space="preserve">',
    ...lines.flatMap((runs, row) => drawLine(runs, bar + (row + 1) * cell.height)),
    '</g>',
    '</svg>',
    '',
  ].join('\n');
}

function runsOf(line: string): readonly Run[] {
  let code = 0;
  return line.split(/\u001B\[(\d+)m/).flatMap((text, index) => {
    if (index % 2 === 0) return text === '' ? [] : [{ text, code }];
    code = Number(text);
    return [];
  });
}

function wrap(runs: readonly Run[]): readonly (readonly Run[])[] {
  const lines: Run[][] = [[]];
  let used = 0;
  for (const { text, code } of runs)
    for (const letter of text) {
      if (used === columns) {
        lines.push([]);
        used = 0;
      }
      lines.at(-1)?.push({ text: letter, code });
      used += 1;
    }
  return lines;
}

/** Every piece has its place and its width, so that columns are straight in any font. */
function drawLine(letters: readonly Run[], y: number): readonly string[] {
  const pieces: { text: string; code: number; column: number }[] = [];
  for (const [column, { text, code }] of letters.entries()) {
    const last = pieces.at(-1);
    if (last?.code === code) last.text += text;
    else pieces.push({ text, code, column });
  }
  return pieces
    .filter(({ text }) => text.trim() !== '')
    .map(({ text, code, column }) => {
      const fill = colors[code] === undefined ? '' : ` fill="${colors[code]}"`;
      const length = text.length * cell.width;
      return `<text x="${margin + column * cell.width}" y="${y}" textLength="${length}"${fill}>${escapeXml(text)}</text>`;
    });
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
