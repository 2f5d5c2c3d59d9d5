import * as assert from 'uvu/assert';
import {
  narrowRecordOf,
  sameRules,
  withNarrowRecord,
  withoutNarrowRecord,
} from '../../../src/commands/narrow/narrow-record.ts';
import type { ClusterRole, PolicyRule } from '../../../src/objects.ts';
import { fc } from '../../kit/fast-check.ts';
import { role, rule } from '../../kit/rbac.ts';
import { suite } from '../../kit/suite.ts';
import { anyOldRules, anyRules } from '../../rbac/arbitraries.ts';

const at = '2030-01-31T12:00:00.000Z';
const annotated = (text: string): ClusterRole =>
  role('a', [], { annotations: { 'kubeletaccess/narrowed': text } });

/** Returns a value after a round trip through JSON. */
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

suite('the record of the narrow command', (test) => {
  test('restores exactly the earlier role', () =>
    fc.assert(
      fc.property(
        anyRules,
        anyRules,
        fc.option(fc.dictionary(fc.string(), fc.string(), { noNullPrototype: true }), {
          nil: undefined,
        }),
        (before, wrote, annotations) => {
          const has = annotations && Object.keys(annotations).length > 0 ? { annotations } : {};
          const old = role('a', before, { ...has, labels: { a: 'b' } });
          const written = withNarrowRecord(old, { before, wrote, at });
          assert.equal(plain(written.rules), plain(wrote));
          const record = narrowRecordOf(written);
          if (record === undefined || record === 'unreadable') throw new Error('no record');
          assert.equal(plain(withoutNarrowRecord(written, record)), plain(old));
        },
      ),
    ));

  test('is unreadable, but not absent, if the annotation has other text', () => {
    assert.is(narrowRecordOf(role('a', [])), undefined);
    for (const text of [
      '',
      '{',
      '[]',
      '{}',
      'null',
      '{"before":[],"wrote":[],"at":""}',
      '{"version":1,"before":[],"wrote":[{}],"at":""}',
    ])
      assert.is(narrowRecordOf(annotated(text)), 'unreadable', text);
  });

  test('treats rules as equal if an API server leaves out empty lists', () =>
    fc.assert(
      fc.property(anyOldRules, (rules) => {
        const sent = rules.map(
          (each) =>
            Object.fromEntries(
              Object.entries(each).filter(([, list]) => Array.isArray(list) && list.length > 0),
            ) as unknown as PolicyRule,
        );
        assert.ok(sameRules(rules, sent));
        assert.not.ok(sameRules(rules, [...sent, rule('nodes')]));
      }),
    ));

  test('distinguishes rules that differ in one list, such as resourceNames', () => {
    const all = rule('nodes/stats', 'get', { resourceNames: ['a'], nonResourceURLs: ['/stats'] });
    for (const list of Object.keys(all))
      assert.not.ok(sameRules([all], [{ ...all, [list]: ['other'] }]), list);
  });
});
