// `npm run bench [-- RUNS [EXECUTABLE]]`: whole processes against kubectl on a real cluster, in turn, so that a noisy machine is noisy for
// all. EXECUTABLE is an earlier build of ours, timed in the same turns.
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

const [, , runsArgument = '40', before] = process.argv;
const runs = Number(runsArgument);
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
  const [, ...args] = ours;
  const commands = {
    ours,
    theirs,
    ...(before !== undefined && { before: [before, ...args] as const }),
  };
  const times = new Map<string, number[]>();
  for (const command of Object.values(commands)) await time(command, kubeconfig);
  for (let run = 0; run < runs; run += 1)
    for (const [name, command] of Object.entries(commands)) {
      interruption.signal.throwIfAborted();
      times.set(name, [...(times.get(name) ?? []), await time(command, kubeconfig)]);
    }
  const [mine, other, earlier] = ['ours', 'theirs', 'before'].map((name) =>
    median(times.get(name) ?? []),
  ) as [number, number, number];
  const ratio = mine / other;
  const verdict = ratio <= bar ? 'within' : 'OVER';
  const beside =
    before === undefined
      ? ''
      : `; before: ${earlier.toFixed(0)} ms, ratio ${(mine / earlier).toFixed(2)}`;
  process.stdout.write(
    `${title}: ${mine.toFixed(0)} ms, ${theirs.slice(1).join(' ')} by kubectl: ${other.toFixed(0)} ms, ratio ${ratio.toFixed(2)}, ${verdict} the bar of ${bar}${beside}\n`,
  );
}

try {
  await time([executable, 'grant', '-o', 'name']);
  process.stdout.write(`medians of ${runs} runs each, whole process, in turn\n`);
  for (const pairing of pairings) await compare(pairing);
} finally {
  await Promise.all([cluster.stop(), many.remove(), huge.remove()]);
}
