import * as assert from 'uvu/assert';
import type { ClusterRole, ClusterRoleBinding } from '../../src/objects.ts';
import {
  recreationKey,
  recreationsOf,
  withoutRecreation,
  withRecreation,
} from '../../src/rbac/recreation-record.ts';
import { binding, role, user } from '../kit/rbac.ts';
import { suite } from '../kit/suite.ts';

const at = '2030-01-31T12:00:00.000Z';
const bare = role('a', [], { annotations: { other: 'x' } });

function record(of: ClusterRole, lost: ClusterRoleBinding): ClusterRole {
  const recreations = recreationsOf(of);
  if (recreations === 'unreadable') throw new Error('unreadable');
  return withRecreation(of, recreations, { at, binding: lost });
}
const annotated = (text: string) => role('a', [], { annotations: { [recreationKey]: text } });

suite('the record of a recreation', (test) => {
  test('brings back subjects, labels and annotations, of each binding by itself', () => {
    const marked = {
      ...binding('one', 'a', [user('jane'), user('bob')]),
      metadata: { name: 'one', labels: { l: '1' }, annotations: { 'kubeletaccess/grant': '{}' } },
    };
    // A name that objects have by themselves, too.
    const other = binding('__proto__', 'a', [user('eve')]);
    const both = record(record(bare, marked), other);
    const found = recreationsOf(both);
    if (found === 'unreadable') throw new Error('unreadable');
    const { metadata, subjects, roleRef } = marked;
    assert.equal(found.get('one'), { at, binding: { metadata, subjects, roleRef } });
    assert.equal(found.get('__proto__')?.binding.subjects, other.subjects);
    const rest = withoutRecreation(both, 'one');
    assert.equal([...(recreationsOf(rest) as ReadonlyMap<string, unknown>).keys()], ['__proto__']);
    assert.equal(withoutRecreation(rest, '__proto__'), bare);
    assert.is(withoutRecreation(bare, 'one'), bare);
  });

  for (const text of ['', 'x', '[]', '{"b":{}}', '{"b":{"at":"x","subjects":[{"kind":"User"}]}}'])
    test(`is unreadable, and stays as it is: ${text}`, () => {
      assert.is(recreationsOf(annotated(text)), 'unreadable');
      const kept = annotated(text);
      assert.is(withoutRecreation(kept, 'b'), kept);
    });
});
