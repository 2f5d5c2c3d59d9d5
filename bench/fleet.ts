// `npm run bench:fleet [-- NODES [RUNS]]`: measures `curl` for all nodes, `status`, and `curl` of a large body. A simple Go client and
// curl(1) run alternately with this program, so that other load on the machine affects all of them equally. The servers use one core, and
// the measured program another. See README.md.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { executable, root } from '../scripts/paths.ts';
import { run } from '../scripts/tools/shell.ts';
import { startFleetServers } from './fleet-servers.ts';
import { formatUse, measure, median, type Use } from './measure.ts';

const [, , nodesArgument = '1000', runsArgument = '3'] = process.argv;
const nodes = Number(nodesArgument);
const runs = Number(runsArgument);
const folder = mkdtempSync(join(tmpdir(), 'kubeletaccess-bench-'));

/** @param rivals the compared commands, by name; `ours` is this program */
async function compare(
  title: string,
  rivals: { readonly ours: readonly string[] } & Readonly<Record<string, readonly string[]>>,
): Promise<void> {
  const uses = new Map<string, Use[]>();
  for (let turn = 0; turn < runs; turn += 1)
    for (const [name, command] of Object.entries(rivals))
      uses.set(name, [...(uses.get(name) ?? []), await measure([...onOwnCore, ...command], env)]);
  process.stdout.write(`${title}\n`);
  const of = (name: string, key: keyof Use) =>
    median((uses.get(name) ?? []).map((use) => use[key]));
  for (const name of uses.keys()) {
    const use = {
      cpuMs: of(name, 'cpuMs'),
      wallMs: of(name, 'wallMs'),
      peakBytes: of(name, 'peakBytes'),
    };
    const ratio = (key: 'cpuMs' | 'wallMs') => (of('ours', key) / use[key]).toFixed(2);
    const against =
      name === 'ours'
        ? ''
        : `; ours takes ${ratio('cpuMs')} of its CPU, ${ratio('wallMs')} of its time`;
    process.stdout.write(`  ${name.padEnd(6)} ${formatUse(use)}${against}\n`);
  }
}

/** Binds this process and the servers to one core. Returns the command that starts a program on another core. */
function separateCores(): readonly string[] {
  const { status } = spawnSync('taskset', ['-a', '-p', '-c', '0', String(process.pid)]);
  return status === 0 && spawnSync('taskset', ['-c', '1', 'true']).status === 0
    ? ['taskset', '-c', '1']
    : [];
}

await run('npm', ['run', '--silent', 'build'], { cwd: root, timeoutMs: 600_000 });
const goPrograms = { cwd: join(root, 'bench/go'), timeoutMs: 600_000 };
await run('go', ['build', '-o', folder, './kubelets', './client'], goPrograms);
const onOwnCore = separateCores();
const fleet = await startFleetServers(join(folder, 'kubelets'), folder, nodes);
const { url, port, ca, cert, key, kubeconfig } = fleet;
const env = { ...process.env, KUBECONFIG: kubeconfig };
try {
  const ours = (path: string) => [executable, 'curl', path, '--all', '-o', 'ndjson'];
  const client = [join(folder, 'client'), url, ca, cert, key];
  const go = (mode: string, path: string) => [...client, mode, path];
  const curl = `curl --http1.1 -s --cacert ${ca} --cert ${cert} --key ${key}`;
  const urls = join(folder, 'urls');
  writeFileSync(
    urls,
    fleet.hosts.map((host) => `https://${host}:${port}/stats/summary\n`).join(''),
  );
  const first = fleet.hosts[0] ?? '';
  const zeros = `/logs/zeros?bytes=${2 ** 30}`;
  const load = loadavg()[0]?.toFixed(1);
  process.stdout.write(`medians of ${runs} runs each, in turn, from a load of ${load}\n`);
  await compare(`curl /stats/summary --all -o ndjson, ${nodes} nodes`, {
    ours: ours('/stats/summary'),
    go: go('fleet', '/stats/summary'),
    xargs: ['sh', '-c', `xargs -P50 -n1 ${curl} < ${urls}`],
  });
  await compare('the same of nodes that answer after 100 ms', {
    ours: ours('/stats/summary?delay=100ms'),
    go: go('fleet', '/stats/summary?delay=100ms'),
  });
  await compare('top nodes: the same as a table, with /configz', {
    ours: [executable, 'top', 'nodes'],
    ndjson: ours('/stats/summary'),
  });
  await compare('the same with bodies of 1 MB', {
    ours: ours('/stats/summaries'),
    go: go('fleet', '/stats/summaries'),
  });
  await compare(`status -o json, ${nodes} nodes`, {
    ours: [executable, 'status', '-o', 'json'],
    go: go('status', '/healthz'),
  });
  await compare('a body of 1 GiB', {
    ours: [executable, 'curl', zeros, '--kubelet-address', `${first}:${port}`],
    curl: ['sh', '-c', `exec ${curl} 'https://${first}:${port}${zeros}'`],
  });
  await fleet.breakNodes();
  await compare(
    'curl /stats/summary --all -o ndjson --timeout 10s, and 5 % of the nodes are dead',
    {
      ours: [...ours('/stats/summary'), '--timeout', '10s'],
    },
  );
} finally {
  await fleet.stop();
  rmSync(folder, { recursive: true });
}
