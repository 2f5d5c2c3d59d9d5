import * as assert from 'uvu/assert';
import { settingDifferences } from '../../../src/commands/diff/setting-differences.ts';
import {
  settingRows,
  settings as settingsOfBody,
} from '../../../src/commands/get/configz-views.ts';
import { plainText } from '../../../src/text/column.ts';
import { fc } from '../../kit/fast-check.ts';
import { suite } from '../../kit/suite.ts';

const node = (name: string, configuration: Readonly<Record<string, unknown>>) => ({
  node: name,
  rows: settingRows(name, configuration).map((row) => ({ ...row })),
});

const differencesOf = (nodes: readonly ReturnType<typeof node>[]) =>
  settingDifferences.compare?.(nodes) ?? [];

/** Returns differences as `field value nodes names`. */
const lines = (...nodes: readonly ReturnType<typeof node>[]) =>
  differencesOf(nodes).map(({ field, value, nodeCount: count, nodeSummary: names }) =>
    [field, plainText(value) || '<unset>', count, names].join(' '),
  );

suite('settings of a kubelet', (test) => {
  test('are all values that are not objects, in JSON', () => {
    const settings = {
      authentication: { x509: { clientCAFile: '/ca.crt' }, anonymous: { enabled: false } },
      clusterDNS: ['10.96.0.10'],
      maxPods: 110,
      evictionHard: { 'memory.available': '100Mi' },
      memorySwap: {},
    };
    assert.equal(
      settingRows('n', settings).map(({ field, value }) => `${field} ${value.json}`),
      [
        'authentication.x509.clientCAFile "/ca.crt"',
        'authentication.anonymous.enabled false',
        'clusterDNS ["10.96.0.10"]',
        'maxPods 110',
        'evictionHard.memory.available "100Mi"',
      ],
    );
  });

  test('are not read from a body of another kind', () =>
    assert.match(settingsOfBody().rows({ body: '{}', extra: {} }, 'n').problem ?? '', /missing/));
});

suite('differences of settings', (test) => {
  test('distinguish an unset value from any value', () => {
    const unset = ['x "<unset>" 1 a', 'x <unset> 1 b'];
    assert.equal(lines(node('a', { x: '<unset>' }), node('b', {})), unset);
    assert.equal(lines(node('a', { x: '' }), node('b', {})), ['x "" 1 a', 'x <unset> 1 b']);
    assert.equal(lines(node('a', { x: 0 }), node('b', { x: '0' })), ['x 0 1 a', 'x "0" 1 b']);
  });

  test('include lists whose items differ only in order', () => {
    assert.equal(lines(node('a', { x: [1, 2] }), node('b', { x: [1, 2] })), []);
    assert.equal(lines(node('a', { x: [1, 2] }), node('b', { x: [2, 1] })), [
      'x [1,2] 1 a',
      'x [2,1] 1 b',
    ]);
  });

  test('list the first nodes in one column, and all nodes in another', () => {
    const nodes = ['a', 'b', 'c', 'd', 'e'].map((name) => node(name, name === 'e' ? {} : { x: 1 }));
    const [most] = differencesOf(nodes);
    assert.equal(
      [most?.['nodeSummary'], most?.['nodeNames']],
      ['a, b, c and 1 more', ['a', 'b', 'c', 'd']],
    );
  });

  test('list each node once for each field that differs', () => {
    const configuration = fc.dictionary(
      fc.constantFrom('a', 'b', 'c'),
      fc.oneof(fc.boolean(), fc.integer({ min: 0, max: 2 }), fc.constantFrom('', '<unset>')),
    );
    fc.assert(
      fc.property(fc.array(configuration, { maxLength: 6 }), (configurations) => {
        const nodes = configurations.map((each, index) => node(`n${index}`, each));
        const byField = Map.groupBy(differencesOf(nodes), ({ field }) => field);
        for (const field of ['a', 'b', 'c']) {
          const values = new Set(configurations.map((each) => JSON.stringify(each[field])));
          const rows = byField.get(field) ?? [];
          assert.is(rows.length, values.size > 1 ? values.size : 0);
          const names = rows.flatMap(({ nodeNames }) => nodeNames).sort();
          if (rows.length > 0) assert.equal(names, nodes.map((each) => each.node).sort());
        }
      }),
    );
  });
});
