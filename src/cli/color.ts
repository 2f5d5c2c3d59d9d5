import { type Paint, paintAnsi, paintNothing } from '../text/color.ts';
import { parseOneOf } from './parse-options.ts';

/** `auto`: on a terminal with colors, unless NO_COLOR or TERM=dumb is set. */
export function parseColor(color: string, colorDepth: () => number): Paint {
  const mode = parseOneOf('--color', color, ['auto', 'always', 'never']);
  const isColored = mode === 'always' || (mode === 'auto' && colorDepth() > 1);
  return isColored ? paintAnsi : paintNothing;
}
