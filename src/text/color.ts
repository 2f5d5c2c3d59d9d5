/** Colors without a meaning, which distinguish neighboring items. They are the same as in stern. */
const hues = { cyan: 36, green: 32, magenta: 35, yellow: 33, blue: 34, red: 31 } as const;

/** The meaning of a text, or a color without a meaning. */
export type Tone = 'good' | 'bad' | 'warning' | 'faint' | 'plain' | keyof typeof hues;

/** Returns the color of the item with this index. After the last color, the first one follows again. */
export function hueOf(index: number): Tone {
  const names = Object.keys(hues) as (keyof typeof hues)[];
  return names[index % names.length] ?? 'plain';
}

/** Colors a text without changing its width on a terminal. */
export interface Paint {
  (tone: Tone, text: string): string;
  /** Width of the terminal for tables and sentences, in characters; undefined if unlimited. */
  readonly columns?: number | undefined;
}

/** Returns the paint without `columns`, so that nothing is wrapped or shortened. */
export function withoutColumns(paint: Paint): Paint {
  return (tone, text) => paint(tone, text);
}

const codes: Readonly<Record<Exclude<Tone, 'plain'>, number>> = {
  ...hues,
  good: 32,
  bad: 31,
  warning: 33,
  faint: 2,
};

export const paintNothing: Paint = (_, text) => text;

/** Colors a text by ANSI codes, in the palette of the terminal. */
export const paintAnsi: Paint = (tone, text) =>
  tone === 'plain' ? text : `\x1b[${codes[tone]}m${text}\x1b[0m`;
