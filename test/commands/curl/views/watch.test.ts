import { Writable } from 'node:stream';
import * as assert from 'uvu/assert';
import { run } from '../../../../src/run.ts';
import { schemaErrors } from '../../../kit/json-schema.ts';
import { type Script, withScriptedKubelets } from '../../../kit/scripted-kubelet.ts';
import { suite } from '../../../kit/suite.ts';
import { nowhere } from '../../../kit/temporary.ts';

/** What a kubelet answers, from one request to the next. */
type Looks = readonly unknown[];

interface Watching {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Each kubelet answers with its looks one after the other, and the run ends when the last is asked for again. */
async function watch(
  kubelets: readonly Looks[],
  args: readonly string[],
  path = 'summary',
): Promise<Watching> {
  const interruption = new AbortController();
  const texts = { out: '', err: '' };
  const into = (name: keyof typeof texts) =>
    new Writable({
      write(chunk: Buffer, _encoding, done) {
        texts[name] += chunk.toString('utf8');
        done();
      },
    });
  let code = -1;
  const script = (looks: Looks): Script => {
    let count = 0;
    return ({ url }, response) => {
      if (url === '/pods' || url === '/configz') return response.writeHead(404).end();
      const look = looks[count];
      count += 1;
      if (look === undefined) interruption.abort();
      if (typeof look === 'number') return response.writeHead(look).end('no');
      return response.end(typeof look === 'string' ? look : JSON.stringify(look ?? {}));
    };
  };
  await withScriptedKubelets(kubelets.map(script), async ({ sandbox }) => {
    code = await run(['curl', path, '--watch', '--interval', '1ms', ...args], {
      env: { KUBECONFIG: sandbox.kubeconfigs.admin },
      stdin: process.stdin,
      stdout: into('out'),
      stderr: into('err'),
      colorDepth: 1,
      cwd: nowhere,
      signal: interruption.signal,
    });
  });
  return { code, ...texts };
}

/** A summary with a pod for each, which receives bytes; measured at a second of a minute. */
const look = (second: number, pods: Readonly<Record<string, number>>) => ({
  node: { nodeName: 'node', cpu: { usageNanoCores: 250_000_000 } },
  pods: Object.entries(pods).map(([name, rxBytes]) => ({
    podRef: { namespace: 'shop', name, uid: name },
    cpu: { usageNanoCores: 1_000_000 },
    network: { time: `2026-01-01T00:00:${String(second).padStart(2, '0')}Z`, rxBytes },
  })),
});

/** Without times, and with one space between columns. */
const plain = (table: string) =>
  table
    .trimEnd()
    .split('\n')
    .map((line) => line.replace(/^\d\d:\d\d:\d\d/, 'time').replaceAll(/ +/g, ' '));

const pods = ['--all', '--pods', '-o', 'table'];

suite('a view that is watched', (test) => {
  test('is printed whole, then has rows that change, with rates between two measurements', async () => {
    const result = await watch(
      [[look(0, { a: 0, b: 5 }), look(10, { a: 20_480, b: 5 }), look(10, { a: 20_480, b: 5 })]],
      pods,
    );
    assert.is(result.code, 130);
    assert.equal(plain(result.out), [
      'TIME NAMESPACE POD NODE CPU MEMORY DISK RECEIVED/S SENT/S',
      'time shop a node-1 1m - - - -',
      'time shop b node-1 1m - - - -',
      'time shop a node-1 1m - - 2.0Ki/s -',
      'time shop b node-1 1m - - 0/s -',
    ]);
    assert.is(result.err.match(/1 of 1 nodes? answered/g)?.length, 1);
  });

  test('says which rows are gone, and prints one that is new', async () => {
    const result = await watch([[look(0, { a: 0 }), look(10, { b: 0 })]], pods);
    assert.equal(plain(result.out).slice(1), [
      'time shop a node-1 1m - - - -',
      'time shop b node-1 1m - - - -',
    ]);
    assert.match(result.err, /^\d\d:\d\d:\d\d gone: shop a node-1$/m);
  });

  test('tells of a series by its name and labels, and of the first rows alone when it is gone', async () => {
    const series = (values: Readonly<Record<string, number>>) =>
      `# HELP v A value.\n${Object.entries(values)
        .map(([x, value]) => `v{x="${x}"} ${value}\n`)
        .join('')}`;
    const looks = [{ a: 3, b: 2, c: 1 }, { b: 3, c: 2, a: 1 }, { b: 3, c: 2 }, { b: 3 }].map(
      series,
    );
    const first = ['--sort-by', 'value', '--top', '2'];
    for (const [args, gone] of [
      [[], ['gone: node-1 v x="a"', 'gone: node-1 v x="c"']],
      [first, ['gone: node-1 v x="a"', 'gone: node-1 v x="c"']],
    ] as const) {
      const { err } = await watch([looks], ['--node', 'node-1', '-o', 'table', ...args], 'metrics');
      assert.equal(
        plain(err),
        gone.map((line) => `time ${line}`),
      );
    }
    const unseen = await watch(
      [[series({ a: 3, b: 2, c: 1 }), series({ a: 3, b: 2 })]],
      ['--node', 'node-1', '-o', 'table', ...first],
      'metrics',
    );
    assert.is(unseen.err, '');
  });

  test('has rates of metrics with --diff, again where a change begins again', async () => {
    const counts = ['c_total 1\n', 'c_total 2\n', 'c_total 2\n', 'c_total 2\n', 'c_total 2\n'];
    const args = ['--node', 'node-1', '--diff', '-o', 'csv', '--no-headers'];
    const result = await watch([[...counts, 'c_total 3\n']], args, 'metrics');
    const rows = result.out.trimEnd().split('\r\n');
    assert.is(rows.length, 2, result.out);
    for (const row of rows) assert.match(row, /,node-1,c_total,(?:.*,)?1,/);
    assert.not.match(result.err, 'gone');
  });

  test('says that nothing matches a filter', async () => {
    const args = ['--node', 'node-1', '-o', 'table', '--filter', 'w'];
    const result = await watch([['v 1\n', 'v 2\n']], args, 'metrics');
    assert.match(result.err, /^no series match --filter w\nhint: .*\n$/);
  });

  test('goes on where nodes fail, tells that once, and takes no row as gone', async () => {
    const steady = look(0, { a: 0 });
    const result = await watch(
      [
        [steady, steady, steady, steady],
        [steady, 503, 503, steady],
      ],
      pods,
    );
    assert.is(plain(result.out).length, 3);
    assert.is(result.err.match(/ with 503/g)?.length, 1, result.err);
    assert.is(result.err.match(/2 of 2 nodes answered/g)?.length, 2);
    assert.not.match(result.err, 'gone');
  });

  test('begins anew where a counter does', async () => {
    const result = await watch(
      [[look(0, { a: 9000 }), look(10, { a: 10 }), look(20, { a: 110 })]],
      ['--node', 'node-1', '--pods', '-o', 'csv', '--no-headers'],
    );
    const rates = result.out
      .trimEnd()
      .split('\r\n')
      .map((line) => line.split(',').at(-6));
    assert.equal(rates, ['', '', '10'], result.out);
  });

  test('is a list for each look in JSON', async () => {
    const result = await watch(
      [[look(0, { a: 0, b: 1 }), look(10, { a: 50, b: 1 })]],
      ['--node', 'node-1', '--pods', '-o', 'jsonpath={.items[*].networkReceivedBytesPerSecond};'],
    );
    assert.is(result.out, ';5 0;');
  });

  test('has the schema of its list, with times and rates', async () => {
    for (const [args, schema] of [
      [[], 'KubeletNodeStatsList'],
      [['--pods'], 'KubeletPodStatsList'],
    ] as const) {
      const looks = [look(0, { a: 0 }), look(10, { a: 55 })].map((each, index) => ({
        ...each,
        node: { ...each.node, network: { ...each.pods[0]?.network, txBytes: index } },
      }));
      const { out } = await watch([looks], ['--node', 'node-1', '-o', 'json', ...args]);
      const lists = out.trimEnd().split(/\n(?=\{)/);
      assert.is(lists.length, 2);
      assert.match(out, '"networkReceivedBytesPerSecond": 5.5');
      for (const list of lists)
        assert.equal(schemaErrors(`docs/${schema}.schema.json`, JSON.parse(list)), []);
    }
  });

  test('ends where the first look fails', async () => {
    const result = await watch([[503]], ['--node', 'node-1']);
    assert.is(result.code, 1);
    assert.match(result.err, '503');
  });

  test('is refused of metrics, of responses, and without a time to wait', async () => {
    for (const [args, message] of [
      [['-o', 'prometheus'], '--watch and --output prometheus cannot be used together'],
      [['-o', 'raw'], '--watch and --output raw cannot be used together'],
      [['--interval', '0'], '--interval must be greater than 0'],
    ] as const) {
      const result = await watch([], ['--node', 'node-1', ...args]);
      assert.is(result.code, 2);
      assert.match(result.err, message);
    }
  });
});
