import * as assert from 'uvu/assert';
import { takeShard } from '../../../../src/commands/shared/door/find-targets.ts';
import { fc } from '../../../kit/fast-check.ts';
import { suite } from '../../../kit/suite.ts';

const named = (names: readonly string[]) => names.map((name) => ({ name }));
const namesOf = (targets: readonly { readonly name: string }[]) => targets.map(({ name }) => name);

suite('the nodes of a shard', (test) => {
  test('are all nodes without --shard', () =>
    assert.equal(namesOf(takeShard(named(['b', 'a']), undefined)), ['b', 'a']));

  test('are in exactly one shard each, even if processes have different lists', () =>
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.stringMatching(/^[a-z][a-z0-9.-]{0,20}$/), { maxLength: 50 }),
        fc.integer({ min: 1, max: 20 }),
        fc.integer({ min: 2, max: 5 }),
        (names, count, every) => {
          const seen: string[] = [];
          for (let number = 1; number <= count; number += 1) {
            // The list of each process lacks different nodes.
            const known = names.filter((_, index) => index % every !== number % every);
            const whole = namesOf(takeShard(named(names), { number, count }));
            const part = namesOf(takeShard(named(known), { number, count }));
            assert.equal(
              part,
              whole.filter((name) => known.includes(name)),
            );
            seen.push(...whole);
          }
          assert.equal(seen.sort(), [...names].sort());
        },
      ),
    ));

  for (const count of [2, 3, 7, 16])
    test(`are spread evenly over ${count} shards, even if names differ only in a digit`, () => {
      const names = Array.from(
        { length: 5000 },
        (_, index) => `ip-10-0-${index >> 8}-${index % 256}`,
      );
      for (let number = 1; number <= count; number += 1) {
        const part = takeShard(named(names), { number, count }).length;
        const fair = names.length / count;
        assert.ok(Math.abs(part - fair) < 5 * Math.sqrt(fair), `${number}/${count}: ${part}`);
      }
    });
});
