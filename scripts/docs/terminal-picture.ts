/** Text of one color in a line of a terminal. */
interface Run {
  readonly text: string;
  /** ANSI color code (SGR): 0 for the default color, 2 for faint, 31 to 36 for colors. */
  readonly code: number;
}

const columns = 110;
const cell = { width: 8, height: 18 };
const margin = 16;
const bar = 28;

type Palette = Readonly<Record<'background' | 'text' | 2 | 31 | 32 | 33 | 34 | 35 | 36, string>>;

/** Colors of the light and dark color schemes. Tests require a contrast ratio of at least 4.5. */
export const palettes: Readonly<Record<'light' | 'dark', Palette>> = {
  light: {
    background: '#f6f8fa',
    text: '#1f2328',
    2: '#59636e',
    31: '#cf222e',
    32: '#116329',
    33: '#7d4e00',
    34: '#0550ae',
    35: '#6639ba',
    36: '#0f5f66',
  },
  dark: {
    background: '#0d1117',
    text: '#e6edf3',
    2: '#9198a1',
    31: '#ff7b72',
    32: '#56d364',
    33: '#e3b341',
    34: '#79c0ff',
    35: '#d2a8ff',
    36: '#76e3ea',
  },
};

/** Draws a terminal with this output as SVG. The output may have colors. Lines wrap after 110 columns. */
export function terminalPicture(title: string, output: string): string {
  const lines = linesOf(output);
  return screen(title, lines.length, [], [group(lines)]);
}

export interface Scene {
  readonly command: string;
  readonly output: string;
}

const ms = { letter: 45, before: 400, after: 500, line: 220, least: 2500 };

/**
 * Draws an SVG that repeats the scenes: a command is typed, and then its output appears. If the user prefers reduced motion, it shows only
 * the last scene.
 */
export function terminalRecording(title: string, scenes: readonly Scene[], rows: number): string {
  const total = scenes.reduce((sum, scene) => sum + lengthOf(scene), 0);
  let from = 0;
  const parts = scenes.map((scene, index) => {
    const { command, output } = scene;
    const typed = from + ms.before + command.length * ms.letter;
    const until = from + lengthOf(scene);
    const at = (time: number) => `${((time / total) * 100).toFixed(2)}%`;
    const isLast = until === total;
    /** Returns CSS that shows elements from `start` until the end of the scene. */
    const shown = (name: string, start: number) => [
      `@keyframes ${name}{0%{visibility:${start === 0 ? 'visible' : 'hidden'}}${start === 0 ? '' : `${at(start)}{visibility:visible}`}${isLast ? '' : `${at(until)}{visibility:hidden}`}}`,
      `.${name}{animation:${name} ${total}ms step-end infinite}`,
    ];
    const width = command.length * cell.width;
    const size = `width="${width}" height="${cell.height}"`;
    const attributes = isLast ? '' : ' visibility="hidden"';
    const rules = [
      ...shown(`line${index}`, from),
      ...shown(`output${index}`, typed + ms.after),
      // A rectangle covers the command and moves away letter by letter, so that the command seems to be typed.
      `@keyframes curtain${index}{0%,${at(from + ms.before)}{transform:none;animation-timing-function:steps(${command.length})}${at(typed)},100%{transform:translateX(${width}px)}}`,
      `.curtain${index}{animation:curtain${index} ${total}ms linear infinite}`,
    ];
    const elements = [
      `<g class="line${index}"${attributes}>`,
      ...drawLine([{ text: `$ ${command}`, code: 0 }], bar + cell.height),
      `<svg x="${margin + 2 * cell.width}" y="${bar + 4}" ${size}><rect class="background curtain${index}" ${size} transform="translate(${width})"/></svg>`,
      '</g>',
      group(linesOf(output).slice(0, rows - 1), 1, ` class="output${index}"${attributes}`),
    ];
    from = until;
    return { rules, elements };
  });
  return screen(
    title,
    rows,
    [
      ...parts.flatMap(({ rules }) => rules),
      '@media (prefers-reduced-motion:reduce){g,rect{animation:none!important}}',
    ],
    parts.flatMap(({ elements }) => elements),
  );
}

function lengthOf({ command, output }: Scene): number {
  const lines = output.split('\n').length;
  return (
    ms.before +
    command.length * ms.letter +
    ms.after +
    Math.max(ms.least, Math.min(lines, 20) * ms.line)
  );
}

function screen(
  title: string,
  rows: number,
  rules: readonly string[],
  elements: readonly string[],
): string {
  const width = columns * cell.width + 2 * margin;
  const height = bar + rows * cell.height + margin + 8;
  const dots = ['#ff5f57', '#febc2e', '#28c840'].map(
    (fill, index) => `<circle cx="${20 + index * 18}" cy="${bar / 2 + 2}" r="5" fill="${fill}"/>`,
  );
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img">`,
    `<title>${escapeXml(title)}</title>`,
    '<style>',
    styleOf(palettes.light),
    `@media (prefers-color-scheme:dark){${styleOf(palettes.dark)}}`,
    ...rules,
    '</style>',
    `<rect class="background" width="${width}" height="${height}" rx="8"/>`,
    ...dots,
    '<g class="text" font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, \'DejaVu Sans Mono\', monospace" font-size="13" xml:space="preserve">',
    ...elements,
    '</g>',
    '</svg>',
    '',
  ].join('\n');
}

function styleOf({ background, text, ...colors }: Palette): string {
  const classes = Object.entries(colors).map(([code, fill]) => `.c${code}{fill:${fill}}`);
  return `.background{fill:${background}}.text{fill:${text}}${classes.join('')}`;
}

function group(lines: readonly (readonly Run[])[], row = 0, attributes = ''): string {
  return [
    `<g${attributes}>`,
    ...lines.flatMap((runs, index) => drawLine(runs, bar + (row + index + 1) * cell.height)),
    '</g>',
  ].join('\n');
}

function linesOf(output: string): readonly (readonly Run[])[] {
  return output.split('\n').flatMap((line) => wrap(runsOf(line)));
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
  const letters = runs.flatMap(({ text, code }) => Array.from(text, (text) => ({ text, code })));
  const count = Math.max(1, Math.ceil(letters.length / columns));
  return Array.from({ length: count }, (_, line) =>
    letters.slice(line * columns, (line + 1) * columns),
  );
}

/** Each piece of text has its own position and width, so that columns are aligned in any font. */
function drawLine(runs: readonly Run[], y: number): readonly string[] {
  const pieces: { text: string; code: number; column: number }[] = [];
  let column = 0;
  for (const { text, code } of runs) {
    const last = pieces.at(-1);
    if (last?.code === code) last.text += text;
    else pieces.push({ text, code, column });
    column += [...text].length;
  }
  return pieces
    .filter(({ text }) => text.trim() !== '')
    .map((piece) => {
      const { text, code } = piece;
      const color = code in palettes.dark ? ` class="c${code}"` : '';
      const length = [...text].length * cell.width;
      return `<text x="${margin + piece.column * cell.width}" y="${y}" textLength="${length}"${color}>${escapeXml(text)}</text>`;
    });
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
