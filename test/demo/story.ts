import { spawn } from 'node:child_process';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isBuilt } from '../../scripts/is-built.ts';
import { dist, executable, root } from '../../scripts/paths.ts';
import { commandLine } from '../../src/text/command.ts';
import { type Scene, startScene } from '../sandbox/scene/scene.ts';
import { signalled } from './keep.ts';
import type { DemoOptions } from './options.ts';

const plugin = ['kubectl', 'kubeletaccess'];

interface Step {
  readonly note: string;
  readonly words: readonly string[];
  /** Time in seconds that a person needs to read the output. */
  readonly seconds: number;
}

const step = (note: string, ...words: readonly string[]): Step => ({ note, words, seconds: 4 });
const longStep = (note: string, ...words: readonly string[]): Step => ({
  note,
  words,
  seconds: 10,
});

/** The placeholder for the address of node-1's kubelet. */
const address = 'ADDRESS';

const story: readonly Step[] = [
  step('An administrator cannot read logs.', 'kubectl', 'logs', 'web', '--tail=2'),
  longStep('Who denies whom?', ...plugin, 'status', '--node', 'node-1'),
  step('Let kube-apiserver reach kubelets.', ...plugin, 'grant'),
  step('Now logs work.', 'kubectl', 'logs', 'web', '--tail=2'),
  longStep('Which node is short of disk?', ...plugin, 'top', 'nodes', '--chart'),
  step(
    'What fills node-2?',
    ...[...plugin, 'top', 'volumes', '-A', '--node', 'node-2'],
    ...['--sort-by', 'use%', '--limit', '3', '--chart'],
  ),
  step(
    'Why did the cart crash before?',
    ...[...plugin, 'logs', 'shop/cart-7c9d8f6b5-4nq2z', '-c', 'cart', '--previous'],
  ),
  step(
    'What does the kubelet of node-2 say?',
    ...[...plugin, 'node-logs', 'node-2', '-u', 'kubelet', '-g', 'eviction', '--tail', '3'],
  ),
  step(
    'How slow is its container runtime, compared with node-1?',
    ...[...plugin, 'metrics', '--node', 'node-1,node-2', '--quantiles'],
    ...['--filter', 'kubelet_runtime_operations_duration_seconds'],
  ),
  step(
    'Which pods does the kubelet of node-2 have? kubectl get pods does not show import.',
    ...[...plugin, 'get', 'pods', '-A', '--node', 'node-2'],
  ),
  step(
    'Run a command through the kubelet, without the API server.',
    ...[...plugin, 'exec', 'default/web', '--kubelet-address', address, '--allow-exec'],
    ...['--', 'cat', '/etc/os-release'],
  ),
  longStep(
    'Why is kubectl top empty?',
    ...[...plugin, 'check', 'metrics-server', '--node', 'node-1'],
  ),
  step('Who can run commands in every container?', ...plugin, 'who-can', 'exec'),
  longStep('What does Prometheus need?', ...plugin, 'narrow', 'prometheus'),
  longStep(
    'Does a certificate expire within 30 days? Then exit with 3.',
    ...plugin,
    'certificates',
    '--expires-within',
    '30d',
  ),
  longStep('What else is wrong?', ...plugin, 'status'),
  step('Take back what was granted.', ...plugin, 'revoke'),
];

const toTry: readonly (readonly string[])[] = [
  [...plugin, 'node-logs', '--role', 'worker', '-u', 'kubelet', '-f'],
  [...plugin, 'exec', '-it', 'web', '--allow-exec', '--', 'sh'],
  [...plugin, 'top', 'nodes', '--watch=2s', '--chart'],
];

/**
 * Prints and runs the commands of the story. The program runs from its sources if it is not built.
 * @param kubectl path of kubectl; undefined if it is not installed
 */
export async function playStory(
  { minor }: DemoOptions,
  kubectl: string | undefined,
): Promise<void> {
  const say = (text: string) => process.stdout.write(text);
  say(
    'Starting a small cluster in this process: TLS, RBAC and five kubelets with something to find; no containers. Ctrl-C ends it.\n',
  );
  if (kubectl === undefined)
    say(
      'kubectl is not installed: the plugin runs directly, and "kubectl logs" is replaced by the request that it sends.\n',
    );
  const program = isBuilt() ? [executable] : [process.execPath, join(root, 'src/main.ts')];
  if (program.length > 1)
    say(
      'The program is not built yet and runs from its sources: each command takes a second more.\n',
    );
  const interrupted = signalled();
  // Resolves when the reader of stdout, such as `| head`, has ended.
  const unread = new Promise((resolve) => process.stdout.once('error', resolve));
  const scene = await startScene({ minor });
  // The terminal also sends the signal to a running command, so only the files of the cluster have to be removed.
  const endWith = async (code: number) => {
    await scene.stop();
    process.exit(code);
  };
  void interrupted.then(() => endWith(130));
  void unread.then(() => endWith(141));
  try {
    const { host, port } = await scene.kubelet('node-1');
    for (const { note, words, seconds } of story) {
      const typed = words.map((word) => (word === address ? `${host}:${port}` : word));
      say(`\n# ${note}\n$ ${commandLine(typed)}\n`);
      const code = await play(typed, { scene, kubectl, program });
      if (code !== 0) say(`(exit ${code})\n`);
      // Kubelets cache denials, here for 0.3 s.
      const pauseMs = process.stdout.isTTY ? seconds * 1000 : 0;
      await sleep(Math.max(pauseMs, scene.denialCacheMs + 100));
    }
  } finally {
    await scene.stop();
  }
  say(
    `\nTry it by hand: npm run demo -- --keep, and then in another shell\n${toTry.map((words) => `  ${commandLine(words)}\n`).join('')}`,
  );
}

interface Stage {
  readonly scene: Scene;
  readonly kubectl: string | undefined;
  readonly program: readonly string[];
}

/**
 * Runs a command of the story, and returns its exit code. Commands of the plugin run without kubectl. If kubectl is not installed, the
 * request of `kubectl logs` is sent instead of other commands.
 */
async function play(
  [, ...words]: readonly string[],
  { scene, kubectl, program }: Stage,
): Promise<number> {
  const env = { ...process.env, ...scene.env, PATH: `${dist}${delimiter}${process.env['PATH']}` };
  if (words[0] === 'kubeletaccess') return run([...program, ...words.slice(1)], env);
  if (kubectl !== undefined) return run([kubectl, ...words], env);
  const { code, stdout, stderr } = await scene.logs();
  process.stdout.write(stdout.split('\n').slice(-3).join('\n') + stderr);
  return code;
}

function run([command = '', ...args]: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { env, stdio: ['ignore', 'inherit', 'inherit'] });
    child.on('error', reject);
    child.on('close', (code) => resolve(code ?? 1));
  });
}
