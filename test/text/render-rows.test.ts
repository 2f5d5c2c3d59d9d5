import stringWidth from 'string-width';
import * as assert from 'uvu/assert';
import type { Value } from '../../src/text/column.ts';
import { rowList } from '../../src/text/render-row-list.ts';
import { type RowFormat, renderRows } from '../../src/text/render-rows.ts';
import { totalOf } from '../../src/text/total-rows.ts';
import { fc } from '../kit/fast-check.ts';
import { suite } from '../kit/suite.ts';
import { type NodeRow, nodeRows, nodeView, noNode } from './view-of-nodes.ts';

function print(format: RowFormat, rows: readonly NodeRow[] = nodeRows, noHeaders = false): string {
  return [...renderRows(nodeView, rows, { format, noHeaders })].join('');
}

/** Parses CSV of RFC 4180; an empty field without quotes is undefined, with quotes an empty text. */
function readCsv(text: string): (string | undefined)[][] {
  const records: (string | undefined)[][] = [];
  let record: (string | undefined)[] = [];
  const field = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/gy;
  for (let match = field.exec(text); match; match = field.exec(text)) {
    const [, quoted, bare, end] = match;
    record.push(quoted === undefined ? bare || undefined : quoted.replaceAll('""', '"'));
    if (end === ',') continue;
    records.push(record);
    record = [];
  }
  assert.is(record.length, 0);
  return records;
}

/** Parses JSON with all digits of its numbers. */
function readJson(text: string): { readonly items: readonly Record<string, Value>[] } {
  const exact = (_: string, value: unknown, { source = '' }: { source?: string } = {}) =>
    typeof value === 'number' && !Number.isSafeInteger(value) && /^-?\d+$/.test(source)
      ? BigInt(source)
      : value;
  return JSON.parse(text, exact as (key: string, value: unknown) => unknown) as {
    items: Record<string, Value>[];
  };
}

const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
const name = fc.oneof(
  // Texts without characters that begin a formula in a CSV cell.
  fc
    .stringMatching(/^[a-z0-9][ -~\n\u00e4\u7bc0]*$/)
    .filter((text) => !/[;\n][\s"]*[=+\-@]/.test(text)),
  fc.constantFrom('', ' a', 'a,b', '"', 'a\nb'),
);
const size = fc.oneof(fc.maxSafeNat(), fc.bigInt({ min: 2n ** 53n, max: 2n ** 64n - 2n }));
const row: fc.Arbitrary<NodeRow> = fc.record({
  node: maybe(name),
  zone: maybe(name),
  ready: maybe(fc.boolean()),
  cpuCores: maybe(fc.double({ min: 0, max: 1e6, noNaN: true })),
  memoryBytes: maybe(size),
  usedPercent: maybe(fc.double({ min: 0, max: 100, noNaN: true })),
  receivedBytesPerSecond: maybe(fc.nat()),
  receivedBytes: maybe(size),
  uptimeSeconds: maybe(fc.nat()),
  processes: maybe(size),
});

suite('rows of a view', (test) => {
  test('are a table, with a dash for an absent value', () => {
    assert.is(
      print('table'),
      [
        'NODE     READY   CPU    MEMORY   USED   UP     PROCESSES',
        'node-1   true    250m   1.2Gi    12%    2d3h   211',
        'node-2   false   1.5    -        -      -      -',
        '',
      ].join('\n'),
    );
    assert.match(
      print('wide'),
      /^NODE +ZONE +READY +CPU +MEMORY +USED +RX +RECEIVED +UP +PROCESSES\n/,
    );
    assert.is(
      print('table', nodeRows, true).split('\n')[0],
      'node-1   true    250m   1.2Gi   12%   2d3h   211',
    );
    assert.is(print('table', [], true), '');
  });

  test('are one name per line, even for a name with a line end', () => {
    const rows = ['good\nnode/evil', 'b', 'b'].map((name) => ({ ...noNode, node: name }));
    const view = { ...nodeView, names: 'node' } as const;
    const shown = [...renderRows(view, rows, { format: 'name' })].join('');
    assert.is(shown, 'node/good\\x0anode/evil\nnode/b\n');
  });

  test('end with their total', () => {
    const { sums, notes } = totalOf(nodeView.columns, nodeRows, 'nodes');
    const table = [...renderRows(nodeView, nodeRows, { format: 'table', totals: sums })].join('');
    assert.is(table.split('\n').at(-2), 'TOTAL    -       1.75   1.2Gi    -      -      211');
    assert.equal(notes, ['note: 1 of 2 nodes report MEMORY, PROCESSES']);
    const json = [...renderRows(nodeView, nodeRows, { format: 'json', totals: sums })].join('');
    assert.equal((JSON.parse(json) as { totals: unknown }).totals, {
      cpuCores: 1.75,
      memoryBytes: 1_288_490_188,
      processes: 211,
    });
  });

  test('are CSV with keys as heads and unrounded values', () => {
    assert.is(
      print('csv'),
      [
        'node,zone,ready,cpuCores,memoryBytes,usedPercent,receivedBytesPerSecond,receivedBytes,uptimeSeconds,processes',
        'node-1,a,true,0.25,1288490188,12,1258291,9007199254740993,183600,211',
        'node-2,"""b"", \\",false,1.5,,,,,,',
        '',
      ].join('\r\n'),
    );
    assert.is(print('csv', [], true), '');
  });

  test('have no formula in CSV, and negative numbers without an apostrophe', () => {
    for (const start of ['=', '+', '-', '@', '\t'])
      assert.ok(print('csv', [{ ...noNode, node: `${start}cmd()` }], true).includes("'"), start);
    // Formulas after a semicolon, a tab or a line end, and with full-width characters.
    for (const [text, shown] of [
      ['a;=1+1', `"a;'=1+1"`],
      ['a; \t=1', `"a; \t'=1"`],
      ['a\t@x', `"a\t'@x"`],
      ['\uff1d1', "'\uff1d1"],
      ['a;b', '"a;b"'],
      ['a\n=1+1', `"a\n'=1+1"`],
      ['a;"=1+1;', `"a;""'=1+1;"`],
    ])
      assert.is(print('csv', [{ ...noNode, node: text }], true), `${shown},,,,,,,,,\r\n`);
    assert.is(print('csv', [{ ...noNode, node: '=a,"b"' }], true), `"'=a,""b""",,,,,,,,,\r\n`);
    assert.is(print('csv', [{ ...noNode, cpuCores: -1 }], true), ',,,-1,,,,,,\r\n');
    // A text that is only a number gets no apostrophe, because it is not a formula.
    for (const number of ['-999', '-1.5e3', '+7', '-0'])
      assert.is(print('csv', [{ ...noNode, node: number }], true), `${number},,,,,,,,,\r\n`);
    for (const text of ['-1+2', '+cmd', '-1e9999', '@a'])
      assert.is(print('csv', [{ ...noNode, node: text }], true), `'${text},,,,,,,,,\r\n`);
  });

  test('are the same after reading their CSV', () =>
    fc.assert(
      fc.property(fc.array(row, { maxLength: 5 }), (rows) => {
        const expected = rows.map((each) =>
          nodeView.columns.map(({ key }) =>
            each[key] === undefined ? undefined : String(each[key]),
          ),
        );
        assert.equal(readCsv(print('csv', rows, true)), expected);
      }),
    ));

  test('are a JSON list with exact numbers and without absent values', () => {
    const json = print('json', [nodeRows[0] as NodeRow, { ...noNode, node: 'x' }]);
    assert.is(
      json,
      `{
    "apiVersion": "kubeletaccess/v1alpha1",
    "kind": "TestNodeList",
    "items": [
        {
            "node": "node-1",
            "zone": "a",
            "ready": true,
            "cpuCores": 0.25,
            "memoryBytes": 1288490188,
            "usedPercent": 12,
            "receivedBytesPerSecond": 1258291,
            "receivedBytes": 9007199254740993,
            "uptimeSeconds": 183600,
            "processes": 211
        },
        {
            "node": "x"
        }
    ]
}
`,
    );
    assert.equal(JSON.parse(print('json', [])), {
      apiVersion: 'kubeletaccess/v1alpha1',
      kind: 'TestNodeList',
      items: [],
    });
  });

  test('are the same after reading their JSON, with numbers beyond 2^53', () =>
    fc.assert(
      fc.property(fc.array(row, { maxLength: 5 }), (rows) => {
        const reported = rows.map((each) =>
          Object.fromEntries(Object.entries(each).filter(([, value]) => value !== undefined)),
        );
        const read = readJson(print('json', rows)).items;
        const plain = (value: unknown) =>
          JSON.stringify(value, (_, each: unknown) =>
            typeof each === 'bigint' ? `${each}` : Object.is(each, -0) ? 0 : each,
          );
        const sorted = (list: readonly object[]) =>
          list.map((each) => plain(Object.entries(each).sort(([a], [b]) => (a < b ? -1 : 1))));
        assert.equal(sorted(read), sorted(reported));
        assert.equal(sorted(rowList(nodeView, rows)['items'] as object[]), sorted(reported));
      }),
    ));

  test('are a table with one line per row for any texts', () =>
    fc.assert(
      fc.property(fc.array(row, { maxLength: 5 }), (rows) => {
        const lines = print('wide', rows).split('\n');
        assert.is(lines.length, rows.length + 2);
        assert.not.match(lines.join(), /NaN|undefined|Infinity/);
      }),
    ));

  test('fit into 80 characters without -o wide', () => {
    for (const line of print('table').split('\n')) assert.ok(stringWidth(line) <= 80, line);
  });
});
