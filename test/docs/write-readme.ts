// `npm run readme [-- WORD...]`: writes the real output of every `console` block into README and docs, or only into pages with one of the
// words in their path. Tests fail if a page is out of date.
import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { root } from '../../scripts/paths.ts';
import { exampleAuditLog } from '../kit/example-audit-log.ts';
import { withFiles } from '../kit/temporary.ts';
import { showTool } from '../kit/tool.ts';
import type { SandboxWorld } from '../sandbox/world.ts';
import { pageWorld } from './page-world.ts';

export const pages: readonly string[] = [
  join(root, 'README.md'),
  join(root, 'README.ja.md'),
  ...globSync(join(root, 'docs/**/*.md')).sort(),
].filter((page) => readFileSync(page, 'utf8').includes('```console'));

/**
 * Runs the commands in the `console` blocks of a page in order against one sandbox (`pageWorld`). Commands in comments
 * `<!-- $ COMMAND -->` run, too, but are not shown.
 */
export async function renderPage(text: string): Promise<string> {
  const world = await pageWorld(text);
  try {
    let result = '';
    let end = 0;
    for (const match of text.matchAll(/```console\n([\s\S]*?)```|<!-- \$ (.*) -->/g)) {
      const [whole, block, unseen] = match;
      result += text.slice(end, match.index);
      if (unseen !== undefined) await play(world, commandWords(unseen));
      result += block === undefined ? whole : await session(world, block);
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
    // Waits until kubelets no longer cache denials. Between commands of a person, enough time passes.
    await sleep(world.denialCacheMs);
    const [, command = '', part, count] =
      /^\$ (.*?)(?: \| (head|tail) -n (\d+))?$/.exec(line) ?? [];
    const shown = (await play(world, commandWords(command))).trimEnd().split('\n');
    const range = part === 'tail' ? [-Number(count)] : [0, count ? Number(count) : undefined];
    lines.push(line, ...shown.slice(...range));
  }
  return `\`\`\`console\n${lines.join('\n')}\n\`\`\``;
}

/** Splits a command line into words as a shell does. Only single quotes are supported, because pages use no others. */
export function commandWords(line: string): readonly string[] {
  return [...line.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain = '']) => quoted ?? plain);
}

const shownAddress = '127.0.0.1:10250';
const shownTime = '2026-08-01T10:00:00Z';

async function play(world: SandboxWorld, [, word, ...words]: readonly string[]): Promise<string> {
  if (word === 'logs') {
    const { stdout, stderr } = await world.logs();
    return stdout + stderr;
  }
  // Replaces the address in the page, because each sandbox has other ports.
  const { host, port } = await world.kubelet('node-1');
  const args = words.map((each) => each.replace(shownAddress, `${host}:${port}`));
  const env = { KUBECONFIG: world.kubeconfig };
  const files = { 'audit.log': exampleAuditLog() };
  const { code, text } = await withFiles(files, (cwd) => showTool(args, { env, cwd }));
  const stable = text
    // Expiry times depend on the time of the run.
    .replaceAll(/\b(expires|after) \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ/g, `$1 ${shownTime}`)
    .replaceAll(world.server, 'https://127.0.0.1:6443')
    .replaceAll(/127\.0\.0\.1:\d{5}/g, shownAddress);
  return code === 0 ? stable : `${stable.trimEnd()}\n(exit ${code})`;
}

if (import.meta.main) {
  const words = process.argv.slice(2);
  const isChosen = (page: string) =>
    words.length === 0 || words.some((word) => page.slice(root.length).includes(word));
  for (const page of pages.filter(isChosen))
    writeFileSync(page, await renderPage(readFileSync(page, 'utf8')));
}
