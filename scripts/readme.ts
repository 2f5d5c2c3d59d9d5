// `npm run readme`: puts into README what the program prints, and its options. The tests check that nothing is left to do.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { globalOptionList } from '../src/cli/global-options.ts';
import { formatOption } from '../src/cli/option.ts';
import { defineCommand } from '../src/run.ts';
import { showTool } from '../test/kit/tool.ts';
import { type SandboxWorld, sandboxWorld } from '../test/sandbox/world.ts';
import { root } from './paths.ts';

export const readme = join(root, 'README.md');

/** Plays every `console` block against one sandbox, in order, and fills every table of options. */
export async function renderReadme(text: string): Promise<string> {
  const world = await sandboxWorld(37);
  try {
    let result = '';
    let end = 0;
    for (const match of text.matchAll(
      /```console\n([\s\S]*?)```|<!-- options (\w+) -->\n[\s\S]*?<!-- end -->/g,
    )) {
      const [whole, block, command] = match;
      result += text.slice(end, match.index);
      result +=
        command === undefined ? await session(world, block ?? '') : await optionTable(command);
      end = match.index + whole.length;
    }
    return result + text.slice(end);
  } finally {
    await world.stop();
  }
}

async function session(world: SandboxWorld, block: string): Promise<string> {
  const lines: string[] = [];
  for (const line of block.split('\n').filter((each) => each.startsWith('$ '))) {
    // What a kubelet refused it goes on refusing for a while; a reader has that patience between two commands.
    await sleep(world.refusalCacheMs);
    const shown = await play(world, words(line.slice(2)));
    lines.push(line, ...shown.trimEnd().split('\n'));
  }
  return `\`\`\`console\n${lines.join('\n')}\n\`\`\``;
}

/** As a shell would have them; there are no other quotation marks in README. */
function words(line: string): readonly string[] {
  return [...line.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain = '']) => quoted ?? plain);
}

async function play(world: SandboxWorld, [, word, ...args]: readonly string[]): Promise<string> {
  if (word === 'logs') {
    const { stdout, stderr } = await world.logs();
    return stdout + stderr;
  }
  const { code, text } = await showTool(args, { env: { KUBECONFIG: world.kubeconfig } });
  // Ports differ from one sandbox to the next.
  const stable = text.replaceAll(/127\.0\.0\.1:\d{5}/g, '127.0.0.1:10250');
  return code === 0 ? stable : `${stable.trimEnd()}\n(exit ${code})`;
}

/** `common` stands for the global options. */
async function optionTable(command: string): Promise<string> {
  const options = command === 'common' ? globalOptionList : (await defineCommand(command)).options;
  const rows = options.map((option) => `| \`${formatOption(option)}\` | ${option.description} |`);
  return [
    `<!-- options ${command} -->`,
    '',
    '| option | meaning |',
    '| --- | --- |',
    ...rows,
    '',
    '<!-- end -->',
  ].join('\n');
}

if (import.meta.main) writeFileSync(readme, await renderReadme(readFileSync(readme, 'utf8')));
