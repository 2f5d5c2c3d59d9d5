import { setTimeout as sleep } from 'node:timers/promises';
import * as assert from 'uvu/assert';
import { run } from '../../scripts/tools/shell.ts';
import { openApi } from '../kit/api-client.ts';
import { suite } from '../kit/suite.ts';
import { withFiles } from '../kit/temporary.ts';
import { adminIdentity } from './admin-api.ts';
import { currentCluster } from './current.ts';
import { nodeAddress } from './network.ts';
import { toolOf } from './world.ts';

const cluster = await currentCluster();
const tool = toolOf(cluster);

type Fields = Readonly<Record<string, string | number>>;

async function items(name: string, ...args: readonly string[]): Promise<readonly Fields[]> {
  const kind = name === 'metrics' ? [] : [name];
  const all = ['metrics', ...kind, ...args, '--node', 'node-1', '-o', 'json'];
  const { code, stdout, stderr } = await tool(all);
  assert.is(code, 0, stderr);
  return (JSON.parse(stdout) as { readonly items: readonly Fields[] }).items;
}

async function scrape(path: string): Promise<string> {
  const url = `https://${nodeAddress(1)}:10250`;
  const { status, text } = await openApi(url, adminIdentity(cluster))('GET', path);
  assert.is(status, 200, text);
  return text;
}

const awk = (program: string, text: string) =>
  withFiles({ text }, async (cwd) => (await run('awk', [program, 'text'], { cwd })).trim());

const paths = {
  metrics: '/metrics',
  cadvisor: '/metrics/cadvisor',
  resource: '/metrics/resource',
  probes: '/metrics/probes',
  slis: '/metrics/slis',
} as const;

/** Values of a kubelet may change at any time, so a value must be between two scrapes. */
async function between<T>(path: string, use: () => Promise<T>) {
  const before = await scrape(path);
  const found = await use();
  return { before, found, after: await scrape(path) };
}

/** Some series exist only for a second, so the check may need several tries. */
async function onceOf(times: number, check: () => Promise<void>): Promise<void> {
  for (let left = times - 1; ; left -= 1)
    try {
      return await check();
    } catch (error) {
      if (left === 0) throw error;
    }
}

function assertBetween(value: number, low: string, high: string, what: string): void {
  const [least, most] = [Number(low), Number(high)].sort((a, b) => a - b) as [number, number];
  assert.ok(
    value >= least - 1e-9 * Math.abs(least) && value <= most + 1e-9 * Math.abs(most),
    `${what}: ${value}, not between ${low} and ${high}`,
  );
}

suite(`metric series of kubelets, ${cluster.version}`, (test) => {
  for (const [name, path] of Object.entries(paths))
    test(`--count prints how many lines ${path} has, in total and for each metric`, () =>
      onceOf(3, async () => {
        const { before, found, after } = await between(path, () => items(name, '--count'));
        const total = found.reduce((sum, { series }) => sum + Number(series), 0);
        const lines = '!/^#/ { n++ } END { print n + 0 }';
        assertBetween(total, await awk(lines, before), await awk(lines, after), 'series');
        const { metric, series } = found[0] ?? {};
        const ofMetric = `/^${metric}[{ ]/ { n++ } END { print n + 0 }`;
        assertBetween(
          Number(series),
          await awk(ofMetric, before),
          await awk(ofMetric, after),
          String(metric),
        );
        const rows = await items(name);
        const linesAfter = await awk(lines, await scrape(path));
        assertBetween(rows.length, await awk(lines, after), linesAfter, 'rows');
        const labels = await items(name, '--count', '--by', 'label');
        const [first] = labels;
        if (!first) return;
        const values = `!/^#/ && match($0, /[{,]${first['label']}="[^"]+"/) { v[substr($0, RSTART + 1, RLENGTH - 1)] } END { print length(v) }`;
        assertBetween(
          Number(first['values']),
          await awk(values, after),
          await awk(values, await scrape(path)),
          String(first['label']),
        );
      }));

  test('--by metric prints the sums that awk computes', async () => {
    for (const [name, metric] of [
      ['metrics', 'kubelet_runtime_operations_total'],
      ['metrics', 'process_cpu_seconds_total'],
      ['cadvisor', 'container_cpu_usage_seconds_total'],
      ['cadvisor', 'machine_memory_bytes'],
      ['resource', 'node_cpu_usage_seconds_total'],
    ] as const) {
      const { before, found, after } = await between(paths[name], () =>
        items(name, '--by', 'metric', '--filter', metric),
      );
      // A label may contain blanks. A value and possibly a time follow the labels.
      const sum = `/^${metric}[{ ]/ { sub(/^.*}/, ""); sub(/^[a-z_]+ /, ""); n += $1 } END { printf "%.17g", n }`;
      const [low, high] = [await awk(sum, before), await awk(sum, after)];
      assert.ok(Number(low) > 0, metric);
      assertBetween(Number(found[0]?.['value']), low, high, metric);
    }
  });

  test('--rate prints changes that fit scrapes before and after', async () => {
    const { before, found, after } = await between('/metrics', async () => {
      const rows = await items('metrics', '--rate=5s');
      return rows.filter(({ type }) => type === 'counter');
    });
    assert.ok(found.length > 5, String(found.length));
    const valueIn = (text: string, { metric, labels }: Fields) => {
      const series = labels === undefined ? `${metric} ` : `${metric}{`;
      const lines = text.split('\n').filter((line) => line.startsWith(series));
      const own = lines.find((line) =>
        [...String(labels ?? '').matchAll(/\w+="(?:[^"\\]|\\.)*"/g)].every(([pair]) =>
          line.includes(pair),
        ),
      );
      // A series that the earlier scrape lacks began at 0.
      return Number(own?.split(' ').at(-1) ?? 0);
    };
    for (const row of found) {
      const most = valueIn(after, row) - valueIn(before, row);
      const change = Number(row['change']);
      const what = `${row['metric']}{${row['labels']}}`;
      assert.ok(change > 0 && change <= most + 1e-9, `${what}: ${change} of ${most}`);
      const seconds = Number(row['seconds']);
      assert.ok(seconds >= 5 && seconds < 15, String(seconds));
      assert.ok(Math.abs(Number(row['perSecond']) * seconds - change) < 1e-6 * change, what);
    }
    // Between the two scrapes, the kubelet counts one request: the first scrape.
    const own = found.filter(
      ({ metric, labels }) =>
        metric === 'kubelet_http_requests_total' && /path="metrics"/.test(String(labels)),
    );
    assert.equal(
      own.map(({ change }) => change),
      [1],
    );
  });

  test('--rate of cadvisor series uses the timestamps of cadvisor', async () => {
    await sleep(1000);
    const rows = await items(
      'cadvisor',
      '--rate=25s',
      '--filter',
      'container_cpu_usage_seconds_total{id="/"}',
    );
    const [row] = rows;
    assert.is(rows.length, 1);
    const seconds = Number(row?.['seconds']);
    assert.ok(seconds > 1 && seconds < 60 && seconds !== 25, String(seconds));
    assert.ok(Math.abs(Number(row?.['perSecond']) * seconds - Number(row?.['change'])) < 1e-3);
  });

  test('--quantiles prints values in the bucket of their rank', async () => {
    const { before, found, after } = await between('/metrics', () =>
      items(
        'metrics',
        '--quantiles',
        '--by',
        'metric',
        '--filter',
        'kubelet_runtime_operations_duration_seconds',
      ),
    );
    const [row] = found;
    const count =
      '/^kubelet_runtime_operations_duration_seconds_count/ { n += $NF } END { print n }';
    assertBetween(
      Number(row?.['count']),
      await awk(count, before),
      await awk(count, after),
      'count',
    );
    for (const [key, share] of [
      ['p50', 0.5],
      ['p90', 0.9],
      ['p99', 0.99],
    ] as const) {
      const value = Number(row?.[key]);
      // The rank is between the share of observations below the value and the share up to it.
      const upTo = (text: string, compare: string) =>
        awk(
          `/^kubelet_runtime_operations_duration_seconds_bucket/ { match($0, /le="[^"]+"/); le = substr($0, RSTART + 4, RLENGTH - 5); if (le != "+Inf") s[le] += $NF; else all += $NF } END { best = -1; for (le in s) { if (${compare}) { if (best < 0 || ${compare.startsWith('le + 0 <') ? 's[le] > best' : 's[le] < best'}) best = s[le] } } print (best < 0 ? all : best) / all }`,
          text,
        );
      const below = Number(await upTo(before, `le + 0 < ${value}`));
      const above = Number(await upTo(after, `le + 0 >= ${value}`));
      assert.ok(
        (below <= share + 0.02 || below === 1) && above >= share - 0.02,
        `${key} ${value}: ${below} to ${above}`,
      );
    }
  });

  test('--filter loses no series in the format of Prometheus', async () => {
    const filter = '{__name__=~"machine_.*|kubelet_node_name|container_spec_.*"}';
    for (const [name, path] of [
      [['cadvisor'], paths.cadvisor],
      [[], paths.metrics],
    ] as const) {
      const { code, stdout } = await tool([
        ...['metrics', ...name, '--node', 'node-1', '--filter', filter, '-o', 'prometheus'],
      ]);
      assert.is(code, 0);
      const text = await scrape(path);
      const wanted =
        'BEGIN { } /^(machine_[a-z_]*|kubelet_node_name|container_spec_[a-z_]*)[{ ]/ { n++ } END { print n + 0 }';
      assert.is(await awk('!/^#/ { n++ } END { print n + 0 }', stdout), await awk(wanted, text));
      assert.match(stdout, /\{node="node-1",/);
    }
  });
});
