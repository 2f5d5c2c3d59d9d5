// `npm run pictures`: draws the real output of some commands as docs/pictures/*.svg. Tests fail if the files are out of date.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type Scene,
  terminalPicture,
  terminalRecording,
} from '../../scripts/docs/terminal-picture.ts';
import { root } from '../../scripts/paths.ts';
import { showTool } from '../kit/tool.ts';
import type { NodeContents } from '../sandbox/node-contents.ts';
import { type SandboxOptions, startSandbox } from '../sandbox/sandbox.ts';
import { stillContents } from '../sandbox/scene/still.ts';
import { type SandboxWorld, worldOf } from '../sandbox/world.ts';
import { commandWords } from './write-readme.ts';

export const folder = join(root, 'docs/pictures');

interface Picture {
  readonly file: string;
  readonly cluster: SandboxOptions;
  /** The arguments of commands that run before `commands` and are not shown. */
  readonly before?: readonly string[];
  /** The commands to show. If there are several, the picture is an animation. */
  readonly commands: readonly string[];
  readonly lines?: number;
}

const plugin = 'kubectl kubeletaccess';

/** Options for a cluster with the contents of the demo. All nodes answer, and the usage is always the same. */
const still: SandboxOptions = {
  nodes: ['none', 'none', 'none', 'none', 'none'],
  contentsOf: (node, logs) => {
    const contents = stillContents(node, logs);
    return { ...contents, configuration: { ...contents.configuration, ...drift[node] } };
  },
};

const drift: Readonly<Record<string, NodeContents['configuration']>> = {
  'node-4': { serializeImagePulls: false },
  'node-5': { serializeImagePulls: false, containerLogMaxSize: '50Mi' },
};

const pictures: readonly Picture[] = [
  {
    file: 'fleet.svg',
    // Reads one node at a time, so that the rows always have the same order.
    commands: [`${plugin} curl healthz --all --parallel 1`],
    cluster: {
      nodes: ['none', 'none', 'stopped', 'none', 'expired', 'none'],
      verifyKubelets: false,
      kubeletClientGroup: 'system:masters',
    },
  },
  {
    file: 'status-200.svg',
    cluster: { nodes: ['no-certificate', 'unauthorized'], fleet: { nodes: 198, digits: 3 } },
    before: ['grant'],
    // The time limit is long, because all 200 kubelets run in this process and are slow.
    commands: [`${plugin} status --parallel 20 --timeout 1m`],
    lines: 30,
  },
  {
    file: 'top-chart.svg',
    cluster: still,
    commands: [`${plugin} top pods -A --sort-by memory --limit 10 --chart`],
  },
  { file: 'diff-configz.svg', cluster: still, commands: [`${plugin} diff configz`] },
  { file: 'metrics-count.svg', cluster: still, commands: [`${plugin} metrics cadvisor --count`] },
  {
    file: 'session.svg',
    cluster: still,
    commands: [
      'kubectl logs web',
      `${plugin} status`,
      `${plugin} grant --wait`,
      'kubectl logs web',
      `${plugin} top nodes --chart`,
    ],
    lines: 24,
  },
];

export async function renderPictures(): Promise<ReadonlyMap<string, string>> {
  const drawn = new Map<string, string>();
  for (const picture of pictures) drawn.set(picture.file, await render(picture));
  return drawn;
}

async function render({ commands, lines, cluster, before = [] }: Picture): Promise<string> {
  const world = worldOf(await startSandbox({ minor: 37, ...cluster }));
  const scenes: Scene[] = [];
  try {
    for (const line of before) await world.tool(line.split(' '));
    for (const command of commands) {
      await sleep(world.denialCacheMs);
      const output = (await play(world, command)).trimEnd().split('\n').slice(0, lines).join('\n');
      scenes.push({ command, output });
    }
  } finally {
    await world.stop();
  }
  const [{ command, output } = { command: '', output: '' }, ...more] = scenes;
  return more.length === 0
    ? terminalPicture(command, `$ ${command}\n${output}`)
    : terminalRecording(commands.join('; '), scenes, lines ?? 24);
}

async function play(world: SandboxWorld, command: string): Promise<string> {
  const [, word, ...args] = commandWords(command);
  if (word === 'logs') {
    const { stdout, stderr } = await world.logs();
    return stdout + stderr;
  }
  const { text } = await showTool([...args, '--color', 'always'], {
    env: { KUBECONFIG: world.kubeconfig, LANG: 'C.UTF-8' },
  });
  // Ports and names of certificate signing requests differ between sandboxes.
  return text
    .replaceAll(/csr-[0-9a-f]{5}/g, 'csr-x7k2p')
    .replaceAll(/(127\.[\d.]+):\d{5}/g, '$1:10250')
    .replaceAll(/(127\.0\.0\.1):1\b/g, '$1:10250');
}

if (import.meta.main)
  for (const [name, svg] of await renderPictures()) writeFileSync(join(folder, name), svg);
