import * as assert from 'uvu/assert';
import type { Facts } from '../../../src/commands/status/facts.ts';
import { pairOf } from '../../../src/commands/status/report/pair-state.ts';
import { knownNames } from '../../../src/rbac/names.ts';
import { profileOf } from '../../../src/rbac/profiles.ts';
import { user } from '../../../src/rbac/subject.ts';
import { apiserverPair } from '../../kit/rbac.ts';
import { suite } from '../../kit/suite.ts';

const own = knownNames.binding;

suite('the access that status checks', (test) => {
  for (const [bindings, expected] of [
    [['other', 'other'], ['other']],
    [
      ['other', 'more', ''],
      ['other', 'more', ''],
    ],
    // In these cases, no other binding gives the whole access.
    [['other', own], []],
    [['other', undefined], []],
    [[own, own], []],
  ] as const)
    test(`is also given by ${expected.join(' and ') || 'no binding'} if access reviews name ${bindings.join(', ')}`, () => {
      const subject = user('Kubernetes');
      const facts = {
        pair: apiserverPair(subject),
        wanted: { profile: profileOf('apiserver'), names: knownNames, subject },
        clientPermissions: bindings.map((binding) => ({
          review: { found: { allowed: binding !== undefined, binding: binding ?? '' } },
        })),
        now: 0,
      } as unknown as Facts;
      assert.equal(pairOf(facts).otherBindings, expected);
    });
});
