import fc from 'fast-check';
import * as assert from 'uvu/assert';
import { covers, formatRule, missingRules } from '../../src/rbac/rules.ts';
import { suite } from '../kit/suite.ts';
import { Authorizer, type Rule } from '../sandbox/authorizer.ts';
import { Store } from '../sandbox/store.ts';

const rule = (resources: string, verbs: string, resourceNames?: string, apiGroups = '') => ({
  apiGroups: apiGroups.split(','),
  resources: resources.split(','),
  verbs: verbs.split(','),
  ...(resourceNames === undefined ? {} : { resourceNames: resourceNames.split(',') }),
});

suite('rules', (test) => {
  for (const [title, found, wanted, expected] of [
    ['itself', rule('nodes/log', '*'), rule('nodes/log', '*'), true],
    ['fewer verbs', rule('nodes/log', '*'), rule('nodes/log', 'get,create'), true],
    [
      'not every verb by some',
      rule('nodes/log', 'get,list,watch,create,update,patch,delete'),
      rule('nodes/log', '*'),
      false,
    ],
    ['anything by everything', rule('*', '*', undefined, '*'), rule('nodes/log,nodes', '*'), true],
    ['a subresource by */subresource', rule('*/log', 'get'), rule('nodes/log', 'get'), true],
    ['nothing by nodes/*', rule('nodes/*', '*'), rule('nodes/log', 'get'), false],
    ['no subresource by nodes', rule('nodes', '*'), rule('nodes/log', 'get'), false],
    ['all nodes not by one', rule('nodes/log', 'get', 'node-1'), rule('nodes/log', 'get'), false],
    ['one node by all', rule('nodes/log', 'get'), rule('nodes/log', 'get', 'node-1'), true],
    [
      'another group not',
      rule('nodes/log', 'get', undefined, 'apps'),
      rule('nodes/log', 'get'),
      false,
    ],
  ] as const)
    test(`covers: ${title}`, () => assert.is(covers([found], [wanted]), expected));

  test('split rules cover together', () => {
    assert.ok(
      covers(
        [rule('nodes/log', 'get'), rule('nodes/log', 'create'), rule('nodes/stats', '*')],
        [rule('nodes/log,nodes/stats', 'get,create')],
      ),
    );
  });

  test('names what is missing, verbs together', () => {
    const missing = missingRules(
      [rule('nodes/log', 'get')],
      [rule('nodes/log,nodes/stats', 'get,create')],
    );
    assert.equal(missing.map(formatRule), ['nodes/log create', 'nodes/stats get,create']);
  });

  test('agrees with an authorizer that was written apart from it', () => {
    const some = (values: readonly string[]) =>
      fc.uniqueArray(fc.constantFrom(...values), { minLength: 1, maxLength: 3 });
    const anyRule: fc.Arbitrary<Rule> = fc.record({
      apiGroups: some(['', '*', 'apps']),
      resources: some(['nodes', 'nodes/log', 'nodes/*', '*/log', '*', 'nodes/proxy', 'pods/log']),
      verbs: some(['get', 'create', '*', '']),
      resourceNames: fc.oneof(fc.constant([]), some(['node-1', 'node-2'])),
    });
    const anyRequest = fc.record({
      apiGroup: fc.constantFrom('', 'apps'),
      resource: fc.constantFrom('nodes', 'nodes/log', 'nodes/proxy', 'pods/log', 'nodes/*'),
      verb: fc.constantFrom('get', 'create', '', '*'),
      name: fc.constantFrom('', 'node-1', 'node-2'),
    });
    fc.assert(
      fc.property(
        fc.array(anyRule, { maxLength: 4 }),
        anyRequest,
        (rules, { apiGroup, resource, verb, name }) => {
          const store = new Store();
          const meta = (kind: string) => ({ apiVersion: 'v1', kind, metadata: { name: 'r' } });
          store.put('clusterroles', { ...meta('ClusterRole'), rules });
          store.put('clusterrolebindings', {
            ...meta('ClusterRoleBinding'),
            roleRef: { name: 'r' },
            subjects: [{ kind: 'User', name: 'u' }],
          });
          const { allowed } = new Authorizer(store).authorize(
            { user: 'u', groups: [] },
            { apiGroup, resource, verb, name },
          );
          const mutable = rules.map((each) => ({
            verbs: [...each.verbs],
            apiGroups: [...(each.apiGroups ?? [])],
            resources: [...(each.resources ?? [])],
            resourceNames: [...(each.resourceNames ?? [])],
          }));
          const wanted = {
            apiGroups: [apiGroup],
            resources: [resource],
            verbs: [verb],
            ...(name === '' ? {} : { resourceNames: [name] }),
          };
          return covers(mutable, [wanted]) === allowed;
        },
      ),
      { numRuns: 2000 },
    );
  });
});
