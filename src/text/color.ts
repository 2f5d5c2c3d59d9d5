/** Colors without a meaning, that tell neighbors apart: those of stern. */
const hues = { cyan: 36, green: 32, magenta: 35, yellow: 33, blue: 34, red: 31 } as const;

/** The meaning of a text, mapped to a color. */
export type Tone = 'good' | 'bad' | 'warning' | 'faint' | 'plain' | keyof typeof hues;

/** Colors for the first, second, … of several; they repeat after the last. */
export function hueOf(index: number): Tone {
  const names = Object.keys(hues) as (keyof typeof hues)[];
  return names[index % names.length] ?? 'plain';
}

/** Colors a text without changing its width on a terminal. */
export interface Paint {
  (tone: Tone, text: string): string;
  /** Width of the terminal that tables and sentences are to fit; undefined for any. */
  readonly columns?: number | undefined;
}

/** The same for texts of any width. */
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

/** Uses the palette of the terminal. */
export const paintAnsi: Paint = (tone, text) =>
  tone === 'plain' ? text : `\x1b[${codes[tone]}m${text}\x1b[0m`;
