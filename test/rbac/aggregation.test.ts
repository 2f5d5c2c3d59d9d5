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

const selects = (selector: object, labels?: Record<string, string>) =>
  aggregatorsOf(role('ours', labels), [role('all', undefined, selector as Selector)]).length > 0;

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
  test('finds the roles that aggregate a role, directly or through other roles', () => {
    const to = (name: string, value = 'true') => role('ours', { [`${key}${name}`]: value });
    assert.equal(names(aggregatorsOf(to('view'), builtIn)), ['admin', 'edit', 'view']);
    assert.equal(names(aggregatorsOf(to('edit'), builtIn)), ['admin', 'edit']);
    assert.equal(names(aggregatorsOf(to('view', 'false'), builtIn)), []);
    assert.equal(names(aggregatorsOf(role('ours', { other: 'x' }), builtIn)), []);
  });

  for (const [title, expression, labels, expected] of [
    ['In with the value of the label', { operator: 'In', values: ['x', 'y'] }, { a: 'y' }, true],
    ['In with another value', { operator: 'In', values: ['x'] }, { a: 'y' }, false],
    ['In if the label is absent', { operator: 'In', values: ['x'] }, {}, false],
    ['NotIn with the value of the label', { operator: 'NotIn', values: ['x'] }, { a: 'x' }, false],
    ['NotIn if the label is absent', { operator: 'NotIn', values: ['x'] }, undefined, true],
    ['Exists if the label is present', { operator: 'Exists' }, { a: '' }, true],
    ['Exists if the label is absent', { operator: 'Exists' }, { b: '' }, false],
    ['DoesNotExist if the label is absent', { operator: 'DoesNotExist' }, undefined, true],
    ['DoesNotExist if the label is present', { operator: 'DoesNotExist' }, { a: 'x' }, false],
    ['Gt, which the API may add', { operator: 'Gt' }, { a: 'x' }, true],
  ] as const)
    test(`${expected ? 'selects' : 'does not select'} a role by operator ${title}`, () =>
      assert.is(selects({ matchExpressions: [{ key: 'a', ...expression }] }, labels), expected));

  test('selects any role by an empty selector, and only roles that match both labels and expressions', () => {
    assert.ok(selects({}, undefined));
    const matchExpressions = [{ key: 'b', operator: 'Exists' }];
    assert.not(selects({ matchLabels: { a: 'x' }, matchExpressions }, { a: 'x' }));
  });

  test('follows chains and circles of any length, and never lists a role as its own aggregator', () => {
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
