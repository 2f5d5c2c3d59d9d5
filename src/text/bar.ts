/** The characters of charts; ASCII unless the locale uses UTF-8. */
export interface ChartCharacters {
  /** Characters from the least filled to the completely filled one. */
  readonly parts: readonly string[];
  readonly rest: string;
}

const unicode: ChartCharacters = { parts: ['▏', '▎', '▍', '▌', '▋', '▊', '▉', '█'], rest: '░' };

const ascii: ChartCharacters = { parts: ['#'], rest: '.' };

/** Environment variables of the locale. As in C, the first one that is set and not empty is used. */
const localeVariables = ['LC_ALL', 'LC_CTYPE', 'LANG'] as const;

/** Returns the characters for the locale. Without a locale, returns ASCII characters, as for the locale C. */
export function chartCharacters(
  env: Readonly<Record<string, string | undefined>>,
): ChartCharacters {
  const locale = localeVariables.map((name) => env[name] ?? '').find((value) => value !== '') ?? '';
  return /(?:^|\.)utf-?8(?:@|$)/i.test(locale) ? unicode : ascii;
}

/**
 * Renders a share from 0 to 1 as a bar of `width` characters. A share above 0 is always visible, and only a share of 1 fills the whole bar.
 */
export function bar(
  share: number | undefined,
  width: number,
  { parts, rest }: ChartCharacters,
): string {
  if (share === undefined || Number.isNaN(share) || width < 1)
    return ' '.repeat(Math.max(0, width));
  const steps = width * parts.length;
  const filled = stepOf(share, steps);
  const whole = Math.floor(filled / parts.length);
  const part = filled % parts.length;
  const text = (parts.at(-1) ?? '').repeat(whole) + (part === 0 ? '' : parts[part - 1]);
  return text + rest.repeat(width - whole - (part === 0 ? 0 : 1));
}

function stepOf(share: number, steps: number): number {
  if (share <= 0) return 0;
  if (share >= 1) return steps;
  return Math.min(Math.max(Math.round(share * steps), 1), Math.max(steps - 1, 1));
}
