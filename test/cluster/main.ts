import { dirname } from 'node:path';
import { parseArgs } from 'node:util';
import type { Task } from '../../scripts/tools/task.ts';
import { likenesses, parseLikeness } from '../likeness/likenesses.ts';
import { type ClusterOptions, startCluster } from './cluster.ts';
import { clusterFolder } from './cluster-folder.ts';
import { prepareAgents, prepareCluster, prepareLikeness } from './prepare.ts';
import { stopCluster } from './stop.ts';
import { minors, parseVersion } from './versions.ts';

const usage = `usage: npm run cluster build [1.31|1.37|agents] [-- --like NAME]
       npm run cluster up [1.31|1.37] [NODES] [-- --like NAME]
       npm run cluster down

Kinds of clusters for --like:
${Object.entries(likenesses)
  .map(([name, description]) => `  ${name.padEnd(14)}${description}\n`)
  .join('')}`;

type Order = (task: Task) => Promise<void>;

function parseOrder(args: readonly string[]): Order {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { like: { type: 'string' } },
  });
  const [word, version, nodes, ...more] = positionals;
  const likeness = values.like === undefined ? undefined : parseLikeness(values.like);
  if (word === 'up' && more.length === 0) {
    const minor = parseVersion(version ?? '1.37');
    const count = nodes === undefined ? undefined : parseNodes(nodes);
    return (task) => up({ minor, nodes: count, likeness, task });
  }
  if (word === 'build' && nodes === undefined) {
    if (version === 'agents') return prepareAgents;
    const built = version === undefined ? minors : [parseVersion(version)];
    return async (task) => {
      for (const minor of built) {
        await prepareCluster(minor, task);
        if (likeness) await prepareLikeness(likeness, minor, task);
      }
      if (version === undefined) await prepareAgents(task);
    };
  }
  if (word === 'down' && version === undefined && likeness === undefined)
    return () => stopCluster(clusterFolder());
  throw new Error(usage);
}

function parseNodes(text: string): number {
  if (!/^[1-9]$/.test(text)) {
    throw new Error(`a cluster has 1 to 9 nodes, not "${text}"`);
  }
  return Number(text);
}

async function up(options: ClusterOptions & { readonly task: Task }): Promise<void> {
  const cluster = await startCluster(options);
  process.stdout.write(`export KUBECONFIG=${quote(cluster.kubeconfigs.admin)}\n`);
  process.stdout.write(`export PATH=${quote(dirname(cluster.kubectl))}:$PATH\n`);
  if (cluster.callerNamespace !== undefined)
    options.task.note(`the network of its callers: nsenter --net=${cluster.callerNamespace} bash`);
}

function quote(text: string): string {
  return /^[\w./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

async function main(argv: readonly string[]): Promise<number> {
  let order: Order;
  try {
    order = parseOrder(argv);
  } catch (error) {
    return complain(error, 2);
  }
  const interruption = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    // The handler is not removed, because a second Ctrl-C must not interrupt the clean-up.
    process.on(signal, () => interruption.abort(new Error(`interrupted by ${signal}`)));
  }
  const task: Task = {
    signal: interruption.signal,
    note: (line) => process.stderr.write(`${line}\n`),
  };
  try {
    await order(task);
    return 0;
  } catch (error) {
    return complain(error, interruption.signal.aborted ? 130 : 1);
  }
}

function complain(error: unknown, code: number): number {
  process.stderr.write(`error: ${error instanceof Error ? error.message : String(error)}\n`);
  return code;
}

process.exitCode = await main(process.argv.slice(2));
