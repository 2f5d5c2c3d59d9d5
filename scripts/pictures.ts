// `npm run pictures`: draws the real output of some commands on a terminal, as docs/pictures/*.svg. The tests check that nothing is left to do.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { showTool } from '../test/kit/tool.ts';
import type { SandboxOptions } from '../test/sandbox/sandbox.ts';
import { sandboxWorld } from '../test/sandbox/world.ts';
import { terminalPicture } from './docs/terminal-picture.ts';
import { root } from './paths.ts';

export const folder = join(root, 'docs/pictures');

interface Picture {
  readonly file: string;
  /** After `kubectl kubeletaccess`. */
  readonly command: string;
  /** How many lines of its output to show; by default all. */
  readonly lines?: number;
  readonly cluster?: SandboxOptions;
}

const pictures: readonly Picture[] = [
  { file: 'status.svg', command: 'status', lines: 24 },
  {
    file: 'fleet.svg',
    // One after the other, so that the order is the same each time.
    command: 'curl healthz --all --parallel 1',
    cluster: { nodes: ['none', 'none', 'stopped', 'none', 'expired', 'none'] },
  },
];

/** All pictures, by file name. */
export async function renderPictures(): Promise<ReadonlyMap<string, string>> {
  return new Map(
    await Promise.all(
      pictures.map(async (picture) => [picture.file, await render(picture)] as const),
    ),
  );
}

async function render({ command, lines, cluster = {} }: Picture): Promise<string> {
  const world = await sandboxWorld(37, cluster);
  const line = `kubectl kubeletaccess ${command}`;
  try {
    const { text } = await showTool([...command.split(' '), '--color', 'always'], {
      env: { KUBECONFIG: world.kubeconfig },
    });
    // Ports differ from one sandbox to the next.
    const stable = text.trimEnd().replaceAll(/127\.0\.0\.1:\d+/g, '127.0.0.1:10250');
    return terminalPicture(line, [`$ ${line}`, ...stable.split('\n').slice(0, lines)].join('\n'));
  } finally {
    await world.stop();
  }
}

if (import.meta.main)
  for (const [name, svg] of await renderPictures()) writeFileSync(join(folder, name), svg);
