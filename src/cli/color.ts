import { type Paint, paintAnsi, paintNothing } from '../text/color.ts';
import { parseOneOf } from './parse-options.ts';

/** `auto` is by the terminal: it has no colour where there is none, and with NO_COLOR or TERM=dumb. */
export function parseColor(color: string, colorDepth: () => number): Paint {
  const mode = parseOneOf('--color', color, ['auto', 'always', 'never']);
  const isColored = mode === 'always' || (mode === 'auto' && colorDepth() > 1);
  return isColored ? paintAnsi : paintNothing;
}
