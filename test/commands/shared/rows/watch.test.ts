import { loadAll } from 'js-yaml';
import * as assert from 'uvu/assert';
import { schemaErrors } from '../../../kit/json-schema.ts';
import { type Script, withScriptedKubelets } from '../../../kit/scripted-kubelet.ts';
import { suite } from '../../../kit/suite.ts';
import { inVirtualTime } from '../../../kit/virtual-time.ts';

inVirtualTime();

/** Responses of a kubelet to /stats/summary or /metrics, in the order of the requests. */
type Looks = readonly unknown[];

interface Watching {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs a command with --watch. Each kubelet sends its responses one after the other. The run ends when a kubelet has no more responses. */
async function watch(
  kubelets: readonly Looks[],
  [command = '', ...args]: readonly string[],
  terminal?: { readonly columns: number; readonly rows: number },
): Promise<Watching> {
  const interruption = new AbortController();
  let watching = { code: -1, out: '', err: '' };
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
  await withScriptedKubelets(kubelets.map(script), async ({ tool }) => {
    const { code, stdout, stderr } = await tool([command, '--watch=1ms', ...args], {
      signal: interruption.signal,
      ...(terminal && { ...terminal, onTerminal: true }),
    });
    watching = { code, out: stdout, err: stderr };
  });
  return watching;
}

/** Returns a response to /stats/summary. `pods` has the received bytes of each pod by name, and `second` is the time of the measurement. */
const look = (second: number, pods: Readonly<Record<string, number>>) => ({
  node: { nodeName: 'node', cpu: { usageNanoCores: 250_000_000 } },
  pods: Object.entries(pods).map(([name, rxBytes]) => ({
    podRef: { namespace: 'shop', name, uid: name },
    cpu: { usageNanoCores: 1_000_000 },
    network: { time: `2026-01-01T00:00:${String(second).padStart(2, '0')}Z`, rxBytes },
  })),
});

/** Returns the lines on the screen of a terminal after `output`, which has the control sequences that createScreenOutput writes. */
function screenOf(output: string): readonly string[] {
  return output.split(/(?=\x1b\[\d+A\r\x1b\[J)/).reduce<readonly string[]>((lines, frame) => {
    const [, up = '0', text = frame] = /^\x1b\[(\d+)A\r\x1b\[J(.*)$/s.exec(frame) ?? [];
    return [...lines.slice(0, lines.length - Number(up)), ...text.split('\n').slice(0, -1)];
  }, []);
}

/** Removes times, and reduces blanks between columns to one. */
const plain = (table: string) =>
  table
    .trimEnd()
    .split('\n')
    .map((line) => line.replace(/^\d\d:\d\d:\d\dZ/, 'time').replaceAll(/ +/g, ' '));

const pods = ['top', 'pods', '-A'];

suite('watched rows', (test) => {
  test('are all printed in the first round, and later with rates if they have changed', async () => {
    const result = await watch(
      [[look(0, { a: 0, b: 5 }), look(10, { a: 20_480, b: 5 }), look(10, { a: 20_480, b: 5 })]],
      pods,
    );
    assert.is(result.code, 130);
    assert.equal(plain(result.out), [
      'TIME NAMESPACE POD NODE CPU MEMORY %MEM/L DISK RECEIVED SENT',
      'time shop a node-1 1m - - - - -',
      'time shop b node-1 1m - - - - -',
      'time shop a node-1 1m - - - 2.0Ki/s -',
      'time shop b node-1 1m - - - 0/s -',
    ]);
    assert.is(result.err.match(/1 of 1 nodes? answered/g)?.length, 1);
    // The round that the interrupt stops is not reported.
    assert.not.match(result.err, 'interrupted');
  });

  test('are redrawn in place on a terminal, sorted and complete, up to the height of the screen', async () => {
    const many = Object.fromEntries(Array.from({ length: 9 }, (_, index) => [`p${index}`, index]));
    const looks = [look(0, many), look(10, { ...many, p4: 20_484 })];
    const args = [...pods, '--sort-by', 'received'];
    const { code, out } = await watch([looks], args, { columns: 160, rows: 10 });
    assert.is(code, 130);
    const shown = screenOf(out);
    assert.match(shown[0] ?? '', /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ {3}every 1ms$/);
    assert.equal(plain(shown.slice(1, 4).join('\n')), [
      'NAMESPACE POD NODE CPU MEMORY %MEM/L DISK RECEIVED SENT',
      'shop p4 node-1 1m - - - 2.0Ki/s -',
      'shop p0 node-1 1m - - - 0/s -',
    ]);
    assert.match(shown.join('\n'), /\nand \d+ more lines\n/);
    assert.ok(shown.length < 10, shown.join('\n'));
    assert.match(shown.at(-1) ?? '', '1 of 1 node answered');
  });

  test('fit the height of a terminal that wraps their lines', async () => {
    const many = Object.fromEntries(Array.from({ length: 9 }, (_, index) => [`p${index}`, index]));
    const [columns, rows] = [40, 20];
    const { out } = await watch([[look(0, many), look(10, many)]], [...pods, '-o', 'wide'], {
      columns,
      rows,
    });
    for (const frame of out.split(/\x1b\[\d+A\r\x1b\[J/)) {
      const lines = frame.split('\n').slice(0, -1);
      assert.match(lines[1] ?? '', /^NAMES\S+ +POD /);
      const height = lines.map((line) => Math.max(1, Math.ceil(line.length / columns)));
      assert.ok(height.reduce((sum, each) => sum + each, 0) < rows, frame);
    }
  });

  test('stay on a terminal if a later round fails, and the reason is below them', async () => {
    const { out } = await watch([[look(0, { a: 0 }), 503]], pods, { columns: 400, rows: 20 });
    const shown = screenOf(out).join('\n');
    assert.match(shown, /^shop +a +node-1 /m);
    assert.match(shown, /answered "503 Service Unavailable"|503/);
  });

  test('are reported when they are gone, and new rows are printed', async () => {
    const result = await watch([[look(0, { a: 0 }), look(10, { b: 0 })]], pods);
    assert.equal(plain(result.out).slice(1), [
      'time shop a node-1 1m - - - - -',
      'time shop b node-1 1m - - - - -',
    ]);
    assert.match(result.err, /^\d\d:\d\d:\d\dZ gone: shop a node-1$/m);
  });

  test('are identified by the name and labels of a series, which is reported when it is gone', async () => {
    const series = (values: Readonly<Record<string, number>>) =>
      `# HELP v A value.\n${Object.entries(values)
        .map(([x, value]) => `v{x="${x}"} ${value}\n`)
        .join('')}`;
    const looks = [{ a: 3, b: 2, c: 1 }, { b: 3, c: 2, a: 1 }, { b: 3, c: 2 }, { b: 3 }].map(
      series,
    );
    const first = ['--sort-by', 'value', '--limit', '2'];
    for (const [args, gone] of [
      [[], ['gone: node-1 v x="a"', 'gone: node-1 v x="c"']],
      [first, ['gone: node-1 v x="a"', 'gone: node-1 v x="c"']],
    ] as const) {
      const { err } = await watch([looks], ['metrics', 'node-1', ...args]);
      assert.equal(
        plain(err),
        gone.map((line) => `time ${line}`),
      );
    }
    const unseen = await watch(
      [[series({ a: 3, b: 2, c: 1 }), series({ a: 3, b: 2 })]],
      ['metrics', 'node-1', ...first],
    );
    assert.is(unseen.err, '');
  });

  test('are printed again by metrics --rate when a counter changes again', async () => {
    const counts = ['c_total 1\n', 'c_total 2\n', 'c_total 2\n', 'c_total 2\n', 'c_total 2\n'];
    const args = ['metrics', 'node-1', '--rate', '-o', 'csv', '--no-headers'];
    const result = await watch([[...counts, 'c_total 3\n']], args);
    const rows = result.out.trimEnd().split('\r\n');
    assert.is(rows.length, 2, result.out);
    for (const row of rows) assert.match(row, /,node-1,c_total,(?:.*,)?1,/);
    assert.not.match(result.err, 'gone');
  });

  test('are missing if no series matches --filter, and a note says so', async () => {
    const args = ['metrics', 'node-1', '--filter', 'w'];
    const result = await watch([['v 1\n', 'v 2\n']], args);
    assert.match(result.err, /^no series match --filter w\n(?:hint: .*\n)+$/);
  });

  test('are not reported as gone if their node fails later, and the failure is printed once', async () => {
    const steady = look(0, { a: 0 });
    const result = await watch(
      [
        [steady, steady, steady, steady],
        [steady, 503, 503, steady],
      ],
      pods,
    );
    assert.is(plain(result.out).length, 3);
    assert.is(result.err.match(/^error: node-2: server-error /gm)?.length, 1, result.err);
    assert.is(result.err.match(/2 of 2 nodes answered/g)?.length, 2);
    assert.not.match(result.err, 'gone');
  });

  test('have no rate in the first round after a counter reset', async () => {
    const result = await watch(
      [[look(0, { a: 9000 }), look(10, { a: 10 }), look(20, { a: 110 })]],
      [...pods, '--node', 'node-1', '-o', 'csv', '--no-headers'],
    );
    const rates = result.out
      .trimEnd()
      .split('\r\n')
      .map((line) => line.split(',').at(-7));
    assert.equal(rates, ['', '', '10'], result.out);
  });

  test('match the JSON Schema of their list, with times and rates', async () => {
    for (const [args, schema] of [
      [['top', 'nodes'], 'KubeletNodeStatsList'],
      [pods, 'KubeletPodStatsList'],
    ] as const) {
      const looks = [look(0, { a: 0 }), look(10, { a: 55 })].map((each, index) => ({
        ...each,
        node: { ...each.node, network: { ...each.pods[0]?.network, txBytes: index } },
      }));
      const { out } = await watch([looks], [...args, '--node', 'node-1', '-o', 'json']);
      const lists = out.trimEnd().split(/\n(?=\{)/);
      assert.is(lists.length, 2);
      assert.match(out, '"networkReceivedBytesPerSecond": 5.5');
      for (const list of lists)
        assert.equal(schemaErrors(`docs/schemas/${schema}.schema.json`, JSON.parse(list)), []);
    }
  });

  test('end if the first round fails', async () => {
    const result = await watch([[503]], ['top', 'nodes', 'node-1']);
    assert.is(result.code, 1);
    assert.match(result.err, '503');
  });

  test('end if no named pod is found', async () => {
    const result = await watch([[look(0, { a: 0 })]], ['top', 'pods', 'shop/nope']);
    assert.equal([result.code, result.out], [1, '']);
    assert.match(result.err, /^error: no kubelet that answered has pod shop\/nope$/m);
  });

  test('continue if a named pod is missing, and report it once', async () => {
    const looks = [look(0, { a: 0 }), look(10, { a: 20_480 }), look(20, { a: 20_480 })];
    const result = await watch([looks], ['top', 'pods', 'shop/a', 'shop/nope']);
    assert.is(result.code, 130);
    assert.is(result.err.match(/has pod shop\/nope/g)?.length, 1);
  });

  test('lead to a note if the namespace is empty at the start, but not when its last pod is gone later', async () => {
    const none = await watch([[look(0, {}), look(10, {})]], ['top', 'pods', '-n', 'shop']);
    assert.match(
      none.err,
      /^no pods found: namespace shop does not exist\nhint: all namespaces: -A\n/,
    );
    const gone = await watch([[look(0, { a: 0 }), look(10, {})]], ['top', 'pods', '-n', 'shop']);
    assert.match(gone.err, /^\d\d:\d\d:\d\dZ gone: shop a node-1$/m);
    assert.not.match(gone.err, 'namespace');
  });

  test('are sorted and limited by --reverse and --limit', async () => {
    const looks = [look(0, { a: 0, b: 0, c: 0 }), look(10, { a: 0, b: 0, c: 0, d: 0 })];
    const args = [...pods, '--sort-by', 'pod', '--reverse', '--limit', '2'];
    const { out } = await watch([looks], args);
    assert.equal(
      plain(out).map((line) => line.split(' ')[2]),
      ['POD', 'c', 'b', 'd', 'c'],
    );
  });

  test('are names with -o name, and only new names are printed later', async () => {
    const result = await watch(
      [[look(0, { a: 0 }), look(0, { a: 0, b: 0 })]],
      [...pods, '-o', 'name'],
    );
    assert.is(result.out, 'pod/a\npod/b\n');
  });

  test('are a YAML document for each round', async () => {
    const args = ['top', 'nodes', 'node-1', '-o', 'yaml'];
    const { out } = await watch(
      [[look(0, {}), { ...look(0, {}), node: { nodeName: 'node' } }]],
      args,
    );
    assert.equal(
      (loadAll(out) as { kind: string }[]).map(({ kind }) => kind),
      Array(2).fill('KubeletNodeStatsList'),
    );
  });
});
