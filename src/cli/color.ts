import type { Context } from '../context.ts';
import { type Paint, paintAnsi, paintNothing, type Tone } from '../text/color.ts';
import type { Globals } from './global-options.ts';
import { terminalWidth } from './write-output.ts';

/** With `auto`, text has colors on a terminal that supports them, unless NO_COLOR or TERM=dumb is set. */
export function paintOf(invocation: {
  readonly globals: Pick<Globals, 'color'>;
  readonly context: Pick<Context, 'colorDepth' | 'stdout'>;
}): Paint {
  const { color } = invocation.globals;
  const columns = terminalWidth(invocation.context.stdout);
  const isColored = color === 'always' || (color === 'auto' && invocation.context.colorDepth > 1);
  const paint = isColored ? paintAnsi : paintNothing;
  return columns === undefined
    ? paint
    : Object.assign((tone: Tone, text: string) => paint(tone, text), { columns });
}
