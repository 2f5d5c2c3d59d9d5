// `npm run demo`: builds the program and plays its story against the sandbox, showing each command and what it truly prints.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { sandboxWorld } from '../test/sandbox/world.ts';
import { dist, executable, root } from './paths.ts';

const { status } = spawnSync('npm', ['run', '--silent', 'build'], {
  cwd: root,
  stdio: ['ignore', 'ignore', 'inherit'],
  shell: process.platform === 'win32',
});
if (status !== 0) process.exit(1);

const world = await sandboxWorld(37);
const kubectl = (process.env['PATH'] ?? '')
  .split(delimiter)
  .map((folder) => join(folder, process.platform === 'win32' ? 'kubectl.exe' : 'kubectl'))
  .find((path) => existsSync(path));
const env = {
  ...process.env,
  KUBECONFIG: world.kubeconfig,
  PATH: `${dist}${delimiter}${process.env['PATH']}`,
};

/** Runs to the end, straight to this terminal; the exit code. */
function run(command: string, args: readonly string[]): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { env, stdio: ['ignore', 'inherit', 'inherit'] });
    child.on('error', reject);
    child.on('close', (code) => resolve(code ?? 1));
  });
}

/** By the real kubectl where there is one. Elsewhere the plugin is called as kubectl would call it. */
async function play(command: string): Promise<number> {
  const [, ...words] = command.split(' ');
  if (kubectl !== undefined) return run(kubectl, words);
  if (words[0] === 'kubeletaccess') return run(executable, words.slice(1));
  const { code, stdout, stderr } = await world.logs();
  process.stdout.write(stdout + stderr);
  return code;
}

async function show(note: string, command: string): Promise<void> {
  process.stdout.write(`\n# ${note}\n$ ${command}\n`);
  const code = await play(command);
  if (code !== 0) process.stdout.write(`(exit ${code})\n`);
}

process.stdout.write(
  'A small cluster in this process: a TLS API server and two TLS kubelets, RBAC evaluated for real, no containers.\n',
);
if (kubectl === undefined)
  process.stdout.write(
    'There is no kubectl here: the plugin is run directly, and "kubectl logs" is the same request by hand.\n',
  );
try {
  await show(
    'Who reads a log is refused, and not for lack of rights of their own.',
    'kubectl logs web',
  );
  await show('Why? Who refuses whom?', 'kubectl kubeletaccess status');
  await show('What would be created?', 'kubectl kubeletaccess grant --dry-run=client -o yaml');
  await show('Create it, for the identity that was found.', 'kubectl kubeletaccess grant');
  await show('Once more: nothing is left to do.', 'kubectl kubeletaccess grant');
  await sleep(world.refusalCacheMs + 100);
  await show('Kubelets forget a refusal after 30 s (here: 0.3 s). Then:', 'kubectl logs web');
  await show('All is well.', 'kubectl kubeletaccess status');
  await show(
    "A node's numbers, straight from its kubelet.",
    'kubectl kubeletaccess curl /stats/summary --node node-1',
  );
  await show(
    'The same as somebody without rights.',
    'kubectl kubeletaccess curl /stats/summary --node node-1 --context dev',
  );
  await show('Take it all back.', 'kubectl kubeletaccess revoke');
  await show('Once more: nothing is left to do.', 'kubectl kubeletaccess revoke');
} finally {
  await world.stop();
}
