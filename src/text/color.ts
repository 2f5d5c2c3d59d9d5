/** The meaning of a text, mapped to a color. */
export type Tone = 'good' | 'bad' | 'warning' | 'faint' | 'plain';

/** Colors a text without changing its width on a terminal. */
export type Paint = (tone: Tone, text: string) => string;

const codes: Readonly<Record<Exclude<Tone, 'plain'>, number>> = {
  good: 32,
  bad: 31,
  warning: 33,
  faint: 2,
};

export const paintNothing: Paint = (_, text) => text;

/** Uses the palette of the terminal. */
export const paintAnsi: Paint = (tone, text) =>
  tone === 'plain' ? text : `\x1b[${codes[tone]}m${text}\x1b[0m`;
