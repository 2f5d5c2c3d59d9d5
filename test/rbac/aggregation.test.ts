import * as assert from 'uvu/assert';
import type { ClusterRole } from '../../src/objects.ts';
import { aggregatorsOf } from '../../src/rbac/aggregation.ts';
import { nameOf } from '../../src/rbac/rbac-objects.ts';
import { fc } from '../kit/fast-check.ts';
import { runs } from '../kit/random.ts';
import { suite } from '../kit/suite.ts';

type Rule = NonNullable<ClusterRole['aggregationRule']>;
type Selector = NonNullable<Rule['clusterRoleSelectors']>[number];

function role(
  name: string,
  labels?: Record<string, string>,
  ...selectors: Selector[]
): ClusterRole {
  const aggregationRule = { clusterRoleSelectors: selectors };
  return {
    metadata: { name, ...(labels && { labels }) },
    ...(selectors.length > 0 && { aggregationRule }),
  };
}

const names = (found: readonly ClusterRole[]) => found.map(nameOf);
const key = 'rbac.authorization.k8s.io/aggregate-to-';
const toView = { matchLabels: { [`${key}view`]: 'true' } };
const toEdit = { matchLabels: { [`${key}edit`]: 'true' } };
const toAdmin = { matchLabels: { [`${key}admin`]: 'true' } };

/** Aggregated roles that every cluster has. */
const builtIn = [
  role('admin', undefined, toAdmin),
  role('edit', { [`${key}admin`]: 'true' }, toEdit),
  role('view', { [`${key}edit`]: 'true' }, toView),
];

suite('aggregation', (test) => {
  test('finds the roles that aggregate another role, directly or through each other', () => {
    const to = (name: string, value = 'true') => role('ours', { [`${key}${name}`]: value });
    assert.equal(names(aggregatorsOf(to('view'), builtIn)), ['admin', 'edit', 'view']);
    assert.equal(names(aggregatorsOf(to('edit'), builtIn)), ['admin', 'edit']);
    assert.equal(names(aggregatorsOf(to('view', 'false'), builtIn)), []);
    assert.equal(names(aggregatorsOf(role('ours', { other: 'x' }), builtIn)), []);
  });

  for (const [title, selector, labels, expected] of [
    ['an empty selector', {}, undefined, true],
    [
      'In',
      { matchExpressions: [{ key: 'a', operator: 'In', values: ['x', 'y'] }] },
      { a: 'y' },
      true,
    ],
    [
      'In, another value',
      { matchExpressions: [{ key: 'a', operator: 'In', values: ['x'] }] },
      { a: 'y' },
      false,
    ],
    ['In, absent', { matchExpressions: [{ key: 'a', operator: 'In', values: ['x'] }] }, {}, false],
    [
      'NotIn',
      { matchExpressions: [{ key: 'a', operator: 'NotIn', values: ['x'] }] },
      { a: 'x' },
      false,
    ],
    [
      'NotIn, absent',
      { matchExpressions: [{ key: 'a', operator: 'NotIn', values: ['x'] }] },
      undefined,
      true,
    ],
    ['Exists', { matchExpressions: [{ key: 'a', operator: 'Exists' }] }, { a: '' }, true],
    ['Exists, absent', { matchExpressions: [{ key: 'a', operator: 'Exists' }] }, { b: '' }, false],
    [
      'DoesNotExist',
      { matchExpressions: [{ key: 'a', operator: 'DoesNotExist' }] },
      undefined,
      true,
    ],
    [
      'DoesNotExist, present',
      { matchExpressions: [{ key: 'a', operator: 'DoesNotExist' }] },
      { a: 'x' },
      false,
    ],
    [
      'an operator of the future',
      { matchExpressions: [{ key: 'a', operator: 'Gt' }] },
      { a: 'x' },
      true,
    ],
    [
      'labels and expressions, one of which does not match',
      { matchLabels: { a: 'x' }, matchExpressions: [{ key: 'b', operator: 'Exists' }] },
      { a: 'x' },
      false,
    ],
  ] as const)
    test(`selects by ${title}: ${expected}`, () => {
      const all = [role('all', undefined, selector as unknown as Selector)];
      assert.equal(names(aggregatorsOf(role('ours', labels), all)), expected ? ['all'] : []);
    });

  test('follows chains and circles of any length, and never names the role itself', () => {
    const chain = fc.array(fc.tuple(fc.nat(7), fc.nat(7)), { maxLength: 20 });
    fc.assert(
      fc.property(chain, (edges) => {
        const roles = Array.from({ length: 8 }, (_, index) => {
          const sources = edges.filter(([to]) => to === index).map(([, from]) => `n${from}`);
          const selector = { matchExpressions: [{ key: 'n', operator: 'In', values: sources }] };
          return role(`n${index}`, { n: `n${index}` }, ...(sources.length > 0 ? [selector] : []));
        });
        // Computes the expected result in another way: repeatedly adds all roles that aggregate a role found so far.
        const reached = new Set([0]);
        for (let round = 0; round < roles.length; round += 1)
          for (const [to, from] of edges) if (reached.has(from)) reached.add(to);
        const expected = [...reached].filter((index) => index !== 0).sort();
        const [first] = roles;
        assert.equal(
          names(first ? aggregatorsOf(first, roles) : []),
          expected.map((index) => `n${index}`),
        );
      }),
      runs(1000),
    );
  });
});
