// `npm run demo [-- --keep]`: builds the program and runs a session against the sandbox, showing each command and its real output; or
// leaves the sandbox up, to type commands by hand.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { sandboxWorld } from '../test/sandbox/world.ts';
import { keepCluster } from './demo/keep.ts';
import { parseDemoOptions, usage } from './demo/options.ts';
import { dist, executable, root } from './paths.ts';

const options = parseDemoOptions(process.argv.slice(2));
if (!options) {
  process.stderr.write(usage);
  process.exit(2);
}
if (options.build) {
  const { status } = spawnSync('npm', ['run', '--silent', 'build'], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'inherit'],
    shell: process.platform === 'win32',
  });
  if (status !== 0) process.exit(1);
}

const kubectl = (process.env['PATH'] ?? '')
  .split(delimiter)
  .map((folder) => join(folder, process.platform === 'win32' ? 'kubectl.exe' : 'kubectl'))
  .find((path) => existsSync(path));

if (options.keep) {
  await keepCluster(options, kubectl);
  process.exit(0);
}

const world = await sandboxWorld(options.minor);
const env = {
  ...process.env,
  KUBECONFIG: world.kubeconfig,
  PATH: `${dist}${delimiter}${process.env['PATH']}`,
};

/** Runs a program on this terminal to its exit code. */
function run(command: string, args: readonly string[]): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { env, stdio: ['ignore', 'inherit', 'inherit'] });
    child.on('error', reject);
    child.on('close', (code) => resolve(code ?? 1));
  });
}

/** Runs the command with kubectl if it is installed. Otherwise runs the plugin as kubectl does. */
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
    'kubectl is not installed: the plugin runs directly, and "kubectl logs" is replaced by the request that it sends.\n',
  );
try {
  await show('An administrator cannot read logs.', 'kubectl logs web');
  await show('Why? Check access.', 'kubectl kubeletaccess status');
  await show('Preview the objects.', 'kubectl kubeletaccess grant --dry-run=client -o yaml');
  await show('Create them, for the identity that kubelets deny.', 'kubectl kubeletaccess grant');
  await show('Run it again: nothing is left to do.', 'kubectl kubeletaccess grant');
  await sleep(world.refusalCacheMs + 100);
  await show('Kubelets cache denials for 30s (here: 0.3s). Then logs work.', 'kubectl logs web');
  await show('Check again.', 'kubectl kubeletaccess status');
  await show('Read kubelets directly.', 'kubectl kubeletaccess top pods -A --sort-by disk');
  await show('Send a request to one.', 'kubectl kubeletaccess curl /stats/summary --node node-1');
  await show(
    'The same as a user without permission.',
    'kubectl kubeletaccess curl /stats/summary --node node-1 --context dev',
  );
  await show('Take it back.', 'kubectl kubeletaccess revoke');
  await show('Run it again: nothing is left to do.', 'kubectl kubeletaccess revoke');
} finally {
  await world.stop();
}
