// `npm run readme`: puts into README what the program prints, and its options. The tests check that nothing is left to do.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { commandDefinition } from '../src/run.ts';
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

type Option = Awaited<ReturnType<typeof commandDefinition>>['options'][number];

/** `common` is what every command that talks to a cluster takes; the other tables leave that out. */
async function optionTable(command: string): Promise<string> {
  const names = ['status', 'grant', 'revoke', 'curl'];
  const all = await Promise.all(names.map(async (name) => (await commandDefinition(name)).options));
  // What has one name and means two things is told at each command.
  const isCommon = ({ definition, description }: Option) =>
    all.every((options) =>
      options.some((each) => each.definition === definition && each.description === description),
    );
  const options = all[command === 'common' ? 0 : names.indexOf(command)] ?? [];
  const rows = options
    .filter((option) => isCommon(option) === (command === 'common'))
    .map(
      ({ definition, description = '' }) =>
        `| \`${definition.replace(' #0', '=VALUE')}\` | ${description} |`,
    );
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
