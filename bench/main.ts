// `npm run bench [-- EXECUTABLE]`: compares this program with kubectl on a real cluster. The programs run alternately, so that other load
// on the machine affects all of them equally. EXECUTABLE is an earlier build of this program, which is measured in the same rounds. The
// results are written to bench/results.json.
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { dist, executable, root } from '../scripts/paths.ts';
import { run } from '../scripts/tools/shell.ts';
import { startCluster } from '../test/cluster/cluster.ts';
import { manyContexts } from './kubeconfigs.ts';
import type { Use } from './measure.ts';
import { lookAtMachine, openTurns, type Turns } from './turns.ts';

interface Contest {
  readonly title: string;
  readonly ours: readonly string[];
  readonly theirs: readonly string[];
  /** Maximum allowed ratio of our wall time to kubectl's. */
  readonly bar: number;
  readonly env?: readonly string[];
}

const [, , before] = process.argv;
const block = 20;
const mostTurns = 160;
/** Maximum allowed ratio of our peak memory to kubectl's. */
const memoryBar = 1.3;
/** Measuring stops when the width of the median's confidence interval, divided by the median, is at most this number. */
const steady = 0.03;

await run('npm', ['run', '--silent', 'build'], { cwd: root, timeoutMs: 600_000 });
const folder = mkdtempSync(join(tmpdir(), 'kubeletaccess-bench-'));
const turnsProgram = join(folder, 'turns');
await run('go', ['build', '-o', turnsProgram, './turns'], {
  cwd: join(root, 'bench/go'),
  timeoutMs: 600_000,
});

const interruption = new AbortController();
process.once('SIGINT', () => interruption.abort(new Error('interrupted')));
const note = (line: string) => process.stderr.write(`${line}\n`);
const cluster = await startCluster({ minor: '1.37', task: { signal: interruption.signal, note } });
/**
 * Copies a program, as an installer does. The system maps more of a file into memory at once if a linker has just written it. This would
 * count as memory of the program.
 */
const installed = (file: string): string => {
  const copy = join(folder, basename(file));
  copyFileSync(file, copy);
  return copy;
};
const kubectl = installed(cluster.kubectl);
const program = installed(executable);
const { admin } = cluster.kubeconfigs;
const env = {
  ...process.env,
  PATH: `${dist}:${dirname(kubectl)}:${process.env['PATH']}`,
  KUBECONFIG: admin,
};

const raw = [kubectl, 'get', '--raw', '/api/v1/nodes/node-1/proxy/healthz'];
const healthz = [program, 'curl', '/healthz', '--node', 'node-1'];
const version = [kubectl, 'version', '--client'];
const many = await manyContexts(admin, 200, folder);
const huge = await manyContexts(admin, 4800, folder);
const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`;

const contests: readonly Contest[] = [
  { title: 'version', ours: [program, 'version'], theirs: version, bar: 0.8 },
  {
    title: 'completion of --node',
    ours: [program, '__complete', 'curl', '/healthz', '--node', ''],
    theirs: version,
    bar: 0.8,
  },
  {
    title: 'curl /healthz --node node-1, its address unknown',
    ...{ ours: healthz, theirs: raw, bar: 0.95, env: ['XDG_CACHE_HOME=/dev/null'] },
  },
  {
    title: 'curl /healthz --node node-1, its address known',
    ...{ ours: healthz, theirs: raw, bar: 0.75 },
  },
  {
    title: `the same with 200 contexts, ${megabytes(many.bytes)}`,
    ...{ ours: healthz, theirs: raw, bar: 1.5, env: [`KUBECONFIG=${many.path}`] },
  },
  {
    title: `the same with 4800 contexts, ${megabytes(huge.bytes)}`,
    ...{ ours: healthz, theirs: raw, bar: 1.5, env: [`KUBECONFIG=${huge.path}`] },
  },
  { title: 'status of two nodes', ours: [program, 'status'], theirs: raw, bar: 1.6 },
  { title: 'grant with nothing to do', ours: [program, 'grant'], theirs: raw, bar: 1.6 },
];

async function compare(contest: Contest, turns: Turns) {
  const { title, ours, theirs, bar, env = [] } = contest;
  const runners = [
    { name: 'ours', args: ours, env },
    { name: 'theirs', args: theirs, env },
    ...(before === undefined ? [] : [{ name: 'before', args: [before, ...ours.slice(1)], env }]),
  ];
  // The first rounds are not measured, because they read the files of each program into memory.
  await turns.run(runners, 2);
  const all = new Map<string, Use[]>(runners.map(({ name }) => [name, []]));
  const of = (name: string) => all.get(name) ?? [];
  let ratios: readonly number[] = [];
  /** Whether further rounds would hardly change the ratio. */
  let isSteady = false;
  while (!isSteady && ratios.length < mostTurns) {
    interruption.signal.throwIfAborted();
    for (const [name, uses] of await turns.run(runners, block)) all.get(name)?.push(...uses);
    ratios = of('ours').map(({ wallMs }, turn) => wallMs / (of('theirs')[turn]?.wallMs ?? 0));
    const [low, high] = medianRange(ratios);
    isSteady = high - low <= steady * spreadOf(ratios).median;
  }
  const median = (name: string, key: keyof Use) => spreadOf(of(name).map((use) => use[key])).median;
  const part = (key: keyof Use) => rounded(median('ours', key) / median('theirs', key));
  return {
    ...{ title, bar, isSteady, turns: ratios.length },
    against: ['kubectl', ...theirs.slice(1)].join(' '),
    /** Ratio of our wall time to kubectl's within the same round. */
    ratio: roundedSpread(spreadOf(ratios)),
    memoryRatio: part('peakBytes'),
    cpuRatio: part('cpuMs'),
    ours: usesOf(of('ours')),
    theirs: usesOf(of('theirs')),
    ...(before !== undefined && { before: usesOf(of('before')) }),
  };
}

type Result = Awaited<ReturnType<typeof compare>>;

function usesOf(uses: readonly Use[]) {
  const spread = (key: keyof Use, unit = 1) =>
    roundedSpread(spreadOf(uses.map((use) => use[key] / unit)));
  return { wallMs: spread('wallMs'), cpuMs: spread('cpuMs'), peakMB: spread('peakBytes', 1e6) };
}

function roundedSpread({ median, low, high }: Spread): Spread {
  return { median: rounded(median), low: rounded(low), high: rounded(high) };
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}

function describe({ title, against, bar, turns, isSteady, ratio, ...result }: Result): string {
  const { ours, theirs, memoryRatio, cpuRatio } = result;
  const ms = ({ median, low, high }: Spread) => `${median} ms (${low} to ${high})`;
  return [
    `${title}: ${ratio.median} of ${against} (half of the turns: ${ratio.low} to ${ratio.high}), ${ratio.median <= bar ? 'within' : 'OVER'} the bar of ${bar}`,
    `  time ${ms(ours.wallMs)}, theirs ${ms(theirs.wallMs)}; CPU ${cpuRatio} of theirs, memory ${memoryRatio} (${ours.peakMB.median} MB${memoryRatio <= memoryBar ? '' : `, OVER the bar of ${memoryBar}`})`,
    ...(result.before
      ? [`  before: time ${ms(result.before.wallMs)}, CPU ${result.before.cpuMs.median} ms`]
      : []),
    `  ${turns} turns${isSteady ? '' : ': NOT STEADY'}`,
    '',
  ].join('\n');
}

try {
  await run(program, ['grant', '-o', 'name', '--kubeconfig', admin]);
  const turns = openTurns(turnsProgram, env);
  const start = lookAtMachine();
  process.stdout.write(`load ${start.load}, ${cpus().length} CPUs\n`);
  const results: Result[] = [];
  for (const contest of contests) {
    const result = await compare(contest, turns);
    process.stdout.write(describe(result));
    results.push(result);
  }
  turns.end();
  const end = lookAtMachine();
  const machine = {
    cpus: cpus().length,
    load: { before: start.load, after: end.load },
    stolenMs: end.stolenMs - start.stolenMs,
  };
  process.stdout.write(`load ${end.load}, ${machine.stolenMs} ms of CPU stolen\n`);
  const text = JSON.stringify({ node: process.versions.node, machine, results }, undefined, 2);
  writeFileSync(join(root, 'bench/results.json'), `${text}\n`);
} finally {
  rmSync(folder, { recursive: true });
  await cluster.stop();
}

interface Spread {
  readonly median: number;
  readonly low: number;
  readonly high: number;
}

function spreadOf(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number) => sorted[Math.floor(share * (sorted.length - 1))] ?? Number.NaN;
  return { median: at(0.5), low: at(0.25), high: at(0.75) };
}

/** Returns the 95 % confidence interval of the median. It is based on ranks, so that it is valid for any distribution. */
function medianRange(values: readonly number[]): readonly [low: number, high: number] {
  const sorted = values.toSorted((a, b) => a - b);
  const away = 0.98 * Math.sqrt(sorted.length);
  const at = (rank: number) =>
    sorted[Math.min(sorted.length - 1, Math.max(0, Math.round(rank)))] ?? Number.NaN;
  const middle = (sorted.length - 1) / 2;
  return [at(middle - away), at(middle + away)];
}
