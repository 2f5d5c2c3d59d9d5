// `npm run readme`: writes the real output of every `console` block into README and docs. The tests check that nothing is left to do.
import { globSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { exampleAuditLog } from '../test/kit/example-audit-log.ts';
import { role } from '../test/kit/rbac.ts';
import { withFiles } from '../test/kit/temporary.ts';
import { showTool } from '../test/kit/tool.ts';
import { type SandboxWorld, sandboxWorld } from '../test/sandbox/world.ts';
import { kubeletApiAdmin } from './docs/profiles.ts';
import { root } from './paths.ts';

/** The pages with `console` blocks. */
export const pages: readonly string[] = [
  join(root, 'README.md'),
  join(root, 'README.ja.md'),
  ...globSync(join(root, 'docs/*.md')).sort(),
].filter((page) => readFileSync(page, 'utf8').includes('```console'));

/**
 * Runs the `console` blocks of a page in order against one sandbox. A comment `<!-- $ COMMAND -->` runs unseen, and
 * `<!-- cluster: kubeadm -->` asks for the names that kubeadm gives.
 */
export async function renderPage(text: string): Promise<string> {
  const world = text.includes('<!-- cluster: kubeadm -->')
    ? await kubeadmWorld()
    : await sandboxWorld(37);
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

async function kubeadmWorld(): Promise<SandboxWorld> {
  const world = await sandboxWorld(37, { kubeletClient: 'kube-apiserver-kubelet-client' });
  const path = '/apis/rbac.authorization.k8s.io/v1/clusterroles';
  await world.api('POST', path, role('system:kubelet-api-admin', kubeletApiAdmin));
  return world;
}

async function session(world: SandboxWorld, block: string): Promise<string> {
  const lines: string[] = [];
  for (const line of block.split('\n').filter((each) => each.startsWith('$ '))) {
    // Kubelets cache denials; a reader waits longer between two commands.
    await sleep(world.refusalCacheMs);
    const [command = '', count] = line.slice(2).split(' | head -n ');
    const shown = (await play(world, commandWords(command))).trimEnd().split('\n');
    lines.push(line, ...shown.slice(0, count === undefined ? undefined : Number(count)));
  }
  return `\`\`\`console\n${lines.join('\n')}\n\`\`\``;
}

/** Splits words as a shell does; the pages use single quotes only. */
export function commandWords(line: string): readonly string[] {
  return [...line.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain = '']) => quoted ?? plain);
}

async function play(world: SandboxWorld, [, word, ...args]: readonly string[]): Promise<string> {
  if (word === 'logs') {
    const { stdout, stderr } = await world.logs();
    return stdout + stderr;
  }
  const env = { KUBECONFIG: world.kubeconfig };
  const files = { 'audit.log': exampleAuditLog() };
  const { code, text } = await withFiles(files, (cwd) => {
    symlinkSync(join(root, 'docs'), join(cwd, 'docs'));
    return showTool(args, { env, cwd });
  });
  // Ports differ from one sandbox to the next.
  const stable = text.replaceAll(/127\.0\.0\.1:\d{5}/g, '127.0.0.1:10250');
  return code === 0 ? stable : `${stable.trimEnd()}\n(exit ${code})`;
}

if (import.meta.main)
  for (const page of pages) writeFileSync(page, await renderPage(readFileSync(page, 'utf8')));
