// `npm run bench [-- RUNS]`: whole processes against kubectl on a real cluster, in turn, so that a noisy machine is noisy for both.
import { spawn, spawnSync } from 'node:child_process';
import { dirname } from 'node:path';
import { dist, executable, root } from '../scripts/paths.ts';
import { startCluster } from '../test/cluster/cluster.ts';
import { manyContexts } from './kubeconfigs.ts';

interface Pairing {
  readonly title: string;
  readonly ours: readonly [string, ...string[]];
  readonly theirs: readonly [string, ...string[]];
  /** Ours in wall time, at most, in units of theirs. */
  readonly bar: number;
  readonly kubeconfig?: string;
}

const runs = Number(process.argv[2] ?? 40);
const built = spawnSync('npm', ['run', '--silent', 'build'], {
  cwd: root,
  stdio: ['ignore', 'ignore', 'inherit'],
});
if (built.status !== 0) process.exit(1);

const interruption = new AbortController();
process.once('SIGINT', () => interruption.abort(new Error('interrupted')));
const note = (line: string) => process.stderr.write(`${line}\n`);
const cluster = await startCluster({ minor: '1.37', task: { signal: interruption.signal, note } });
const env = {
  ...process.env,
  PATH: `${dist}:${dirname(cluster.kubectl)}:${process.env['PATH']}`,
};

const usual = {
  ours: [executable, 'curl', '/healthz', '--node', 'node-1'],
  theirs: [cluster.kubectl, 'get', '--raw', '/api/v1/nodes/node-1/proxy/healthz'],
} as const;
const many = await manyContexts(cluster.kubeconfigs.admin, 200);
const huge = await manyContexts(cluster.kubeconfigs.admin, 4800);
const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`;

const pairings: readonly Pairing[] = [
  {
    title: 'version',
    ours: [executable, 'version'],
    theirs: [cluster.kubectl, 'version', '--client'],
    bar: 0.9,
  },
  { title: 'curl /healthz --node node-1', ...usual, bar: 1.5 },
  {
    title: `the same with 200 contexts, ${megabytes(many.bytes)}`,
    ...usual,
    kubeconfig: many.path,
    bar: 1.5,
  },
  {
    title: `the same with 4800 contexts, ${megabytes(huge.bytes)}`,
    ...usual,
    kubeconfig: huge.path,
    bar: 1.5,
  },
];

/** Milliseconds from start to end of a process that must succeed. */
function time(
  [command, ...args]: readonly [string, ...string[]],
  kubeconfig = cluster.kubeconfigs.admin,
): Promise<number> {
  return new Promise((resolve, reject) => {
    const started = performance.now();
    const child = spawn(command, args, {
      env: { ...env, KUBECONFIG: kubeconfig },
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    child.on('error', reject);
    child.on('close', (code) => {
      if (code === 0) resolve(performance.now() - started);
      else reject(new Error(`${command} ${args.join(' ')} ended with ${code}`));
    });
  });
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

async function compare({ title, ours, theirs, bar, kubeconfig }: Pairing): Promise<void> {
  const times: { readonly ours: number; readonly theirs: number }[] = [];
  await time(ours, kubeconfig);
  await time(theirs, kubeconfig);
  for (let run = 0; run < runs; run += 1) {
    interruption.signal.throwIfAborted();
    times.push({ ours: await time(ours, kubeconfig), theirs: await time(theirs, kubeconfig) });
  }
  const mine = median(times.map((each) => each.ours));
  const other = median(times.map((each) => each.theirs));
  const ratio = mine / other;
  const verdict = ratio <= bar ? 'within' : 'OVER';
  process.stdout.write(
    `${title}: ${mine.toFixed(0)} ms, ${theirs.slice(1).join(' ')} by kubectl: ${other.toFixed(0)} ms, ratio ${ratio.toFixed(2)}, ${verdict} the bar of ${bar}\n`,
  );
}

try {
  await time([executable, 'grant', '-o', 'name']);
  process.stdout.write(`medians of ${runs} runs each, whole process, in turn\n`);
  for (const pairing of pairings) await compare(pairing);
} finally {
  await Promise.all([cluster.stop(), many.remove(), huge.remove()]);
}
