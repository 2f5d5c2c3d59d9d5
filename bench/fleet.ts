// `npm run bench:fleet [-- NODES [RUNS]]`: curl to a whole fleet, status, and a large body, against a plain Go client and curl(1), in
// turn, so that a noisy machine is noisy for all. The servers have one core for themselves, who is measured another. See README.md.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { executable, root } from '../scripts/paths.ts';
import { startFleetServers } from './fleet-servers.ts';
import { formatUse, measure, median, type Use } from './measure.ts';

const [, , nodesArgument = '1000', runsArgument = '3'] = process.argv;
const nodes = Number(nodesArgument);
const runs = Number(runsArgument);
const folder = mkdtempSync(join(tmpdir(), 'kubeletaccess-bench-'));

function build(): { readonly kubelets: string; readonly client: string } {
  const go = (name: string) => {
    const path = join(folder, name);
    const { status } = spawnSync('go', ['build', '-o', path, `./${name}`], {
      cwd: join(root, 'bench/go'),
      stdio: 'inherit',
    });
    if (status !== 0) process.exit(1);
    return path;
  };
  const { status } = spawnSync('npm', ['run', '--silent', 'build'], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  if (status !== 0) process.exit(1);
  return { kubelets: go('kubelets'), client: go('client') };
}

interface Contest {
  readonly title: string;
  /** The first is ours. */
  readonly rivals: Readonly<Record<string, readonly [string, ...string[]]>>;
}

async function compare({ title, rivals }: Contest, env: NodeJS.ProcessEnv): Promise<void> {
  const uses = new Map<string, Use[]>();
  for (let run = 0; run < runs; run += 1)
    for (const [name, command] of Object.entries(rivals))
      uses.set(name, [...(uses.get(name) ?? []), await measure([...onOwnCore, ...command], env)]);
  process.stdout.write(`${title}\n`);
  const of = (name: string, key: keyof Use) =>
    median((uses.get(name) ?? []).map((use) => use[key]));
  for (const name of uses.keys()) {
    const use = { cpuMs: of(name, 'cpuMs'), wallMs: of(name, 'wallMs'), peak: of(name, 'peak') };
    const ratio = (key: 'cpuMs' | 'wallMs') => (of('ours', key) / use[key]).toFixed(2);
    const against =
      name === 'ours'
        ? ''
        : `; ours takes ${ratio('cpuMs')} of its CPU, ${ratio('wallMs')} of its time`;
    process.stdout.write(`  ${name.padEnd(6)} ${formatUse(use)}${against}\n`);
  }
}

/** What starts a rival on its own core; the servers stay on that of this process. Where there is only one, all share it. */
function separateCores(): readonly string[] {
  const { status } = spawnSync('taskset', ['-a', '-p', '-c', '0', String(process.pid)]);
  return status === 0 && spawnSync('taskset', ['-c', '1', 'true']).status === 0
    ? ['taskset', '-c', '1']
    : [];
}

const programs = build();
const onOwnCore = separateCores();
const fleet = await startFleetServers(programs.kubelets, folder, nodes);
try {
  const { url, port, ca, cert, key, kubeconfig } = fleet;
  const env = { ...process.env, KUBECONFIG: kubeconfig };
  const go = (mode: string, path: string) =>
    [programs.client, url, ca, cert, key, mode, path] as const;
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
  await compare(
    {
      title: `curl /stats/summary --all -o ndjson, ${nodes} nodes`,
      rivals: {
        ours: [executable, 'curl', '/stats/summary', '--all', '-o', 'ndjson'],
        go: go('fleet', '/stats/summary'),
        xargs: ['sh', '-c', `xargs -P50 -n1 ${curl} < ${urls}`],
      },
    },
    env,
  );
  await compare(
    {
      title: 'the same of nodes that answer after 100 ms',
      rivals: {
        ours: [executable, 'curl', '/stats/summary?delay=100ms', '--all', '-o', 'ndjson'],
        go: go('fleet', '/stats/summary?delay=100ms'),
      },
    },
    env,
  );
  await compare(
    {
      title: 'top nodes: the same as a table, with /configz',
      rivals: {
        ours: [executable, 'top', 'nodes'],
        ndjson: [executable, 'curl', '/stats/summary', '--all', '-o', 'ndjson'],
      },
    },
    env,
  );
  await compare(
    {
      title: 'the same with bodies of 1 MB',
      rivals: {
        ours: [executable, 'curl', '/stats/summaries', '--all', '-o', 'ndjson'],
        go: go('fleet', '/stats/summaries'),
      },
    },
    env,
  );
  await compare(
    {
      title: `status -o json, ${nodes} nodes`,
      rivals: { ours: [executable, 'status', '-o', 'json'], go: go('status', '/healthz') },
    },
    env,
  );
  await compare(
    {
      title: 'a body of 1 GiB',
      rivals: {
        ours: [executable, 'curl', zeros, '--address', `${first}:${port}`],
        curl: ['sh', '-c', `exec ${curl} 'https://${first}:${port}${zeros}'`],
      },
    },
    env,
  );
  await fleet.breakNodes();
  await compare(
    {
      title: 'curl /stats/summary --all -o ndjson --timeout 10s, and 5 % of the nodes are dead',
      rivals: {
        ours: [
          ...[executable, 'curl', '/stats/summary', '--all', '-o', 'ndjson'],
          ...['--timeout', '10s'],
        ] as [string, ...string[]],
      },
    },
    env,
  );
} finally {
  await fleet.stop();
  rmSync(folder, { recursive: true });
}
