import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../../scripts/paths.ts';

/** The commands in README's table of problems. */
export const troubleCommands: readonly string[] = [
  ...readFileSync(join(root, 'README.md'), 'utf8').matchAll(/^\| .* \| `(kubectl .*)` \| /gm),
].map(([, command = '']) => command.replaceAll('\\|', '|'));
