import type { Context } from '../context.ts';
import { type Paint, paintAnsi, paintNothing } from '../text/color.ts';
import type { Globals } from './global-options.ts';

/** Color as --color says. `auto`: on a terminal with colors, unless NO_COLOR or TERM=dumb is set. */
export function paintOf(invocation: {
  readonly globals: Pick<Globals, 'color'>;
  readonly context: Pick<Context, 'colorDepth'>;
}): Paint {
  const { color } = invocation.globals;
  const isColored = color === 'always' || (color === 'auto' && invocation.context.colorDepth > 1);
  return isColored ? paintAnsi : paintNothing;
}
