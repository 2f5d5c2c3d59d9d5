import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../../scripts/paths.ts';

/** What README's table of troubles says to type. */
export const troubleCommands: readonly string[] = [
  ...readFileSync(join(root, 'README.md'), 'utf8').matchAll(/^\| .* \| `(kubectl .*)` \| /gm),
].map(([, command = '']) => command.replaceAll('\\|', '|'));
