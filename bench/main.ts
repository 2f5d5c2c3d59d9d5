// `npm run bench [-- RUNS]`: whole processes against kubectl on a real cluster, in turn, so that a noisy machine is noisy for both.
import { spawn, spawnSync } from 'node:child_process';
import { dirname } from 'node:path';
import { dist, executable, root } from '../scripts/paths.ts';
import { startCluster } from '../test/cluster/cluster.ts';

interface Pairing {
  readonly title: string;
  readonly ours: readonly [string, ...string[]];
  readonly theirs: readonly [string, ...string[]];
  /** Ours in wall time, at most, in units of theirs. */
  readonly bar: number;
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
  KUBECONFIG: cluster.kubeconfigs.admin,
  PATH: `${dist}:${dirname(cluster.kubectl)}:${process.env['PATH']}`,
};

const pairings: readonly Pairing[] = [
  {
    title: 'version',
    ours: [executable, 'version'],
    theirs: [cluster.kubectl, 'version', '--client'],
    bar: 0.9,
  },
  {
    title: 'curl /healthz --node node-1',
    ours: [executable, 'curl', '/healthz', '--node', 'node-1'],
    theirs: [cluster.kubectl, 'get', '--raw', '/api/v1/nodes/node-1/proxy/healthz'],
    bar: 1.5,
  },
];

/** Milliseconds from start to end of a process that must succeed. */
function time([command, ...args]: readonly [string, ...string[]]): Promise<number> {
  return new Promise((resolve, reject) => {
    const started = performance.now();
    const child = spawn(command, args, { env, stdio: ['ignore', 'ignore', 'inherit'] });
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

async function compare({ title, ours, theirs, bar }: Pairing): Promise<void> {
  const times: { readonly ours: number; readonly theirs: number }[] = [];
  await time(ours);
  await time(theirs);
  for (let run = 0; run < runs; run += 1) {
    interruption.signal.throwIfAborted();
    times.push({ ours: await time(ours), theirs: await time(theirs) });
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
  await cluster.stop();
}
