import * as assert from 'uvu/assert';
import { formatCount, groupSimilar, summarizeColumn } from '../../src/text/similar-rows.ts';
import { suite } from '../kit/suite.ts';

const many = (count: number, result: string) => Array.from({ length: count }, () => result);
const sizes = (items: readonly string[]) =>
  groupSimilar(items, (item) => (item === 'bad' ? undefined : item)).map((group) => [
    group[0],
    group.length,
  ]);

suite('a summary of similar rows', (test) => {
  test('groups more than 20 items with the same key; fewer items and items without a key stay single', () => {
    assert.equal(
      sizes(many(20, 'ok')),
      many(20, 'ok').map((item) => [item, 1]),
    );
    assert.equal(sizes(many(21, 'ok')), [['ok', 21]]);
    assert.equal(sizes(many(30, 'bad')).length, 30);
  });

  test('puts a group at the position of its first item', () => {
    assert.equal(sizes(['bad', 'ok', 'other', ...many(20, 'ok'), ...many(25, 'skipped')]), [
      ['bad', 1],
      ['ok', 21],
      ['other', 1],
      ['skipped', 25],
    ]);
  });

  test('summarizes a column by its common value, or by the number of different values', () => {
    assert.is(summarizeColumn(['v1', 'v1'], 'versions'), 'v1');
    assert.is(summarizeColumn(['v1', 'v2', 'v1', 'v3'], 'versions'), '3 versions');
    assert.is(summarizeColumn([], 'versions'), '');
  });

  test('separates thousands in counts', () => {
    assert.equal(
      [1, 999, 1000, 4997, 1_234_567].map((count) => formatCount(count, 'nodes')),
      ['1 nodes', '999 nodes', '1,000 nodes', '4,997 nodes', '1,234,567 nodes'],
    );
  });
});
