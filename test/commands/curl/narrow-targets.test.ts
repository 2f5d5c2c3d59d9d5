import * as assert from 'uvu/assert';
import { narrowTargets } from '../../../src/commands/curl/narrow-targets.ts';
import { fc } from '../../kit/fast-check.ts';
import { suite } from '../../kit/suite.ts';

const named = (names: readonly string[]) => names.map((name) => ({ name }));
const namesOf = (targets: readonly { readonly name: string }[]) => targets.map(({ name }) => name);
const all = { include: [], exclude: [], shard: undefined };

suite('the nodes that --include, --exclude and --shard leave', (test) => {
  test('match one of the included patterns and none of the excluded, in order', () => {
    const targets = named(['gpu-2', 'gpu-1', 'cpu-1', 'gpu-10', 'db-1']);
    const include = [/^gpu-/, /^cpu/];
    assert.equal(namesOf(narrowTargets(targets, { ...all, include, exclude: [/0$/] })), [
      'gpu-2',
      'gpu-1',
      'cpu-1',
    ]);
  });

  test('are each in one shard, whatever other nodes the list of a process has', () =>
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.stringMatching(/^[a-z][a-z0-9.-]{0,20}$/), { maxLength: 50 }),
        fc.integer({ min: 1, max: 20 }),
        fc.integer({ min: 2, max: 5 }),
        (names, count, every) => {
          const seen: string[] = [];
          for (let number = 1; number <= count; number += 1) {
            // Each process lacks other nodes.
            const known = names.filter((_, index) => index % every !== number % every);
            const whole = namesOf(
              narrowTargets(named(names), { ...all, shard: { number, count } }),
            );
            const part = namesOf(narrowTargets(named(known), { ...all, shard: { number, count } }));
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
    test(`are about as many in each of ${count} shards, also of names that differ in a digit`, () => {
      const names = Array.from(
        { length: 5000 },
        (_, index) => `ip-10-0-${index >> 8}-${index % 256}`,
      );
      for (let number = 1; number <= count; number += 1) {
        const part = narrowTargets(named(names), { ...all, shard: { number, count } }).length;
        const fair = names.length / count;
        assert.ok(Math.abs(part - fair) < 5 * Math.sqrt(fair), `${number}/${count}: ${part}`);
      }
    });
});
