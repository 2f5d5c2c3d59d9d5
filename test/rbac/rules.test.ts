import fc from 'fast-check';
import * as assert from 'uvu/assert';
import type { PolicyRule } from '../../src/objects.ts';
import { allowsRequest, covers, missingRules } from '../../src/rbac/rules.ts';
import { suite } from '../kit/suite.ts';
import { Authorizer } from '../sandbox/authorizer.ts';
import { Store } from '../sandbox/store.ts';
import { anyOldRules, anyRequest, anyResourceRule, anyRules, witness } from './arbitraries.ts';

const rule = (resources: string, verbs: string, resourceNames?: string, apiGroups = '') => ({
  apiGroups: apiGroups.split(','),
  resources: resources.split(','),
  verbs: verbs.split(','),
  ...(resourceNames === undefined ? {} : { resourceNames: resourceNames.split(',') }),
});
const url = (urls: string, verbs: string) => ({
  nonResourceURLs: urls.split(','),
  verbs: verbs.split(','),
});
const all = [rule('*', '*', undefined, '*')];
const log = [rule('nodes/log', 'get')];
/** What an API server may send, and the types do not tell. */
const raw = (...rules: readonly unknown[]) => rules as PolicyRule[];

const table: readonly (readonly [string, readonly PolicyRule[], readonly PolicyRule[], boolean])[] =
  [
    ['nothing by nothing', [], [], true],
    ['something not by nothing', [], log, false],
    ['itself', log, log, true],
    ['itself, said twice', log, [rule('nodes/log,nodes/log', 'get,get'), ...log], true],
    ['fewer verbs', [rule('nodes/log', '*')], [rule('nodes/log', 'get,create')], true],
    [
      'every verb not by all known ones',
      [rule('nodes/log', 'get,list,watch,create,update,patch,delete,deletecollection,proxy')],
      [rule('nodes/log', '*')],
      false,
    ],
    [
      'a verb without a name by every verb',
      [rule('nodes/log', '*')],
      [rule('nodes/log', '')],
      true,
    ],
    ['a verb without a name not by a named one', log, [rule('nodes/log', '')], false],
    ['anything by everything', all, [rule('nodes/log,nodes,*', '*', undefined, '*,apps')], true],
    ['every group not by known ones', [rule('*', '*', undefined, ',apps')], all, false],
    [
      'every resource not by known ones',
      [rule('nodes,pods,*/log', 'get')],
      [rule('*', 'get')],
      false,
    ],
    ['a subresource by that of anything', [rule('*/log', 'get')], log, true],
    ['that of anything by itself', [rule('*/log', 'get')], [rule('*/log', 'get')], true],
    ['that of anything by every resource', [rule('*', 'get')], [rule('*/log', 'get')], true],
    [
      'that of anything not by known ones',
      [rule('nodes/log,pods/log', 'get')],
      [rule('*/log', 'get')],
      false,
    ],
    ['another subresource not', [rule('*/lo', 'get')], log, false],
    ['a resource not by its subresource', log, [rule('nodes', 'get')], false],
    ['a subresource not by its resource', [rule('nodes', '*')], log, false],
    ['no subresource by nodes/*', [rule('nodes/*', '*')], log, false],
    ['nodes/* by itself', [rule('nodes/*', '*')], [rule('nodes/*', 'get')], true],
    [
      'nodes/* by */*, which is no more than that',
      [rule('*/*', '*')],
      [rule('nodes/*', 'get')],
      true,
    ],
    ['no subresource by */*', [rule('*/*', '*')], log, false],
    ['all nodes not by one', [rule('nodes/log', 'get', 'node-1')], log, false],
    ['one node by all', log, [rule('nodes/log', 'get', 'node-1')], true],
    ['two nodes by all', log, [rule('nodes/log', 'get', 'node-1,node-2')], true],
    [
      'two nodes not by one',
      [rule('nodes/log', 'get', 'node-1')],
      [rule('nodes/log', 'get', 'node-1,node-2')],
      false,
    ],
    [
      'two nodes by one and the other',
      [rule('nodes/log', 'get', 'node-2'), rule('nodes/log', 'get', 'node-1')],
      [rule('nodes/log', 'get', 'node-1,node-2')],
      true,
    ],
    [
      'a node not by a star, which is a name here',
      [rule('nodes/log', 'get', '*')],
      [rule('nodes/log', 'get', 'node-1')],
      false,
    ],
    ['another group not', [rule('nodes/log', 'get', undefined, 'apps')], log, false],
    [
      'a rule by its parts',
      [rule('nodes/log', 'get'), rule('nodes/log', 'create'), rule('nodes/stats', '*')],
      [rule('nodes/log,nodes/stats', 'get,create')],
      true,
    ],
    [
      'a crossing of two rules not',
      [rule('nodes/log', 'get'), rule('nodes/stats', 'create')],
      [rule('nodes/log', 'create')],
      false,
    ],
    ['a URL by itself', [url('/metrics', 'get')], [url('/metrics', 'get')], true],
    ['a URL by every URL', [url('*', '*')], [url('/metrics,/logs/*', 'get')], true],
    [
      'a URL by what it begins with',
      [url('/logs/*', 'get')],
      [url('/logs/a,/logs/a/*,/logs/', 'get')],
      true,
    ],
    [
      'a URL by a beginning with two stars',
      [url('/logs/**', 'get')],
      [url('/logs/a', 'get')],
      true,
    ],
    [
      'a URL not by a beginning without a star',
      [url('/logs', 'get')],
      [url('/logs/a', 'get')],
      false,
    ],
    ['a URL not by one in the middle', [url('/logs/*/b', 'get')], [url('/logs/a/b', 'get')], false],
    [
      'a beginning not by what it begins with',
      [url('/logs/*', 'get')],
      [url('/logs*', 'get')],
      false,
    ],
    ['every URL not by those with a slash', [url('/*', 'get')], [url('*', 'get')], false],
    ['a URL not by every resource', all, [url('/metrics', 'get')], false],
    ['a resource not by every URL', [url('*', '*')], log, false],
    ['a URL not with another verb', [url('/metrics', 'get')], [url('/metrics', 'post')], false],
    [
      'a rule for both only as a whole',
      [...log],
      [{ ...rule('nodes/log', 'get'), ...url('/metrics', 'get') }],
      false,
    ],
    ['a rule without verbs by nothing', [], [{ ...rule('nodes', 'get'), verbs: [] }], true],
    ['a rule without groups by nothing', [], [{ ...rule('nodes', 'get'), apiGroups: [] }], true],
    ['a rule without resources by nothing', [], [{ apiGroups: [''], verbs: ['get'] }], true],
    ['nothing by a rule without resources', [{ apiGroups: ['*'], verbs: ['*'] }], log, false],
    [
      'an empty list of names is all names',
      [{ ...rule('nodes/log', 'get'), resourceNames: [] }],
      log,
      true,
    ],
    [
      'the same of wanted names',
      [rule('nodes/log', 'get', 'node-1')],
      [{ ...rule('nodes/log', 'get'), resourceNames: [] }],
      false,
    ],
    [
      'null names are all names',
      raw({ ...rule('nodes/log', 'get'), resourceNames: null, nonResourceURLs: null }),
      log,
      true,
    ],
    [
      'null lists allow nothing',
      raw({ verbs: null, apiGroups: null, resources: null }),
      log,
      false,
    ],
    [
      'null lists want nothing',
      [],
      raw({ verbs: null }, { verbs: ['get'], apiGroups: null, resources: null }),
      true,
    ],
  ];

suite('rules', (test) => {
  for (const [title, found, wanted, expected] of table)
    test(`covers: ${title}`, () => assert.is(covers(found, wanted), expected));

  for (const [title, found, wanted, expected] of [
    [
      'verbs together, a rule for each resource',
      log,
      [rule('nodes/log,nodes/stats', 'get,create')],
      [rule('nodes/log', 'create'), rule('nodes/stats', 'get,create')],
    ],
    [
      'a rule for each name',
      [rule('nodes/log', 'get', 'node-1')],
      [rule('nodes/log', 'get', 'node-1,node-2')],
      [rule('nodes/log', 'get', 'node-2')],
    ],
    ['once', [], [rule('nodes,nodes', 'get,get'), rule('nodes', 'get')], [rule('nodes', 'get')]],
    ['not what another verb allows', [], [rule('nodes', 'get,*,list')], [rule('nodes', '*')]],
    [
      'not a name beside all',
      [],
      [rule('nodes', 'get', 'node-1'), rule('nodes', 'get')],
      [rule('nodes', 'get')],
    ],
    [
      'not a resource beside all',
      log,
      [rule('*/log,nodes/log,pods', 'get'), rule('*', 'get')],
      [rule('*', 'get')],
    ],
    [
      'URLs',
      [url('/a/*', 'get')],
      [url('/a/b,/c', 'get,post')],
      [url('/a/b', 'post'), url('/c', 'get,post')],
    ],
    ['the first of two that are the same', [], [url('/a*,/a**,/ab', 'get')], [url('/a*', 'get')]],
    ['nothing of null', [], raw({ verbs: null, resources: null }), []],
  ] as const)
    test(`names what is missing: ${title}`, () =>
      assert.equal(missingRules(found, wanted), expected));

  test('covering is reflexive', () => {
    fc.assert(fc.property(fc.oneof(anyRules, anyOldRules), (rules) => covers(rules, rules)));
  });

  test('covering is transitive', () => {
    // Whole rules seldom cover one another: the second and the third are made of parts of what comes before.
    const triples = fc.tuple(anyRules, anyRules, anyRules).map(([a, b, c]) => {
      const second = b.filter((each) => covers(a, [each]));
      return [a, second, [...c, ...second].filter((each) => covers(second, [each]))] as const;
    });
    fc.assert(
      fc.property(triples, ([a, , c]) => covers(a, c)),
      { numRuns: 2000 },
    );
  });

  test('covering is monotone: more found never covers less, less wanted is never missed', () => {
    fc.assert(
      fc.property(anyRules, anyRules, anyRules, (a, b, more) => {
        if (covers(a, b)) return covers([...more, ...a], b);
        return !covers(a, [...b, ...more]);
      }),
      { numRuns: 2000 },
    );
  });

  test('rules split into their smallest parts are the same rules', () => {
    fc.assert(
      fc.property(anyRules, anyRules, (rules, others) => {
        const parts = missingRules([], rules);
        return (
          covers(parts, rules) &&
          covers(rules, parts) &&
          covers(rules, others) === covers(parts, others) &&
          covers(others, rules) === covers(others, parts)
        );
      }),
      { numRuns: 1000 },
    );
  });

  test('rules joined into one, their order, and duplicates change nothing', () => {
    fc.assert(
      fc.property(anyResourceRule, anyRules, fc.array(fc.nat(3)), (one, others, cuts) => {
        const verbs = one.verbs.map((verb) => ({ ...one, verbs: [verb] }));
        const again = [...verbs, ...cuts.flatMap((cut) => verbs[cut] ?? [])].reverse();
        return (
          covers([one], others) === covers(again, others) &&
          covers(others, [one]) === covers(others, again)
        );
      }),
      { numRuns: 1000 },
    );
  });

  test('what is missing makes it cover, and no verb of it is needless', () => {
    fc.assert(
      fc.property(anyRules, anyRules, (found, wanted) => {
        const missing = missingRules(found, wanted);
        if (!covers([...found, ...missing], wanted) || !covers(wanted, missing)) return false;
        if ((missing.length === 0) !== covers(found, wanted)) return false;
        const parts = missing.flatMap((each) =>
          each.verbs.map((verb) => ({ ...each, verbs: [verb] })),
        );
        return parts.every(
          (part) => !covers([...found, ...parts.filter((other) => other !== part)], wanted),
        );
      }),
      { numRuns: 2000 },
    );
  });

  test('covering is about requests: what covers allows each, and what is missing shows in one', () => {
    fc.assert(
      fc.property(
        fc.array(anyResourceRule),
        fc.array(anyResourceRule),
        anyRequest,
        (a, b, request) => {
          if (covers(a, b) && allowsRequest(b, request) && !allowsRequest(a, request)) return false;
          return missingRules(a, b).every((missing) =>
            missing.verbs.every((verb) => {
              const refused = witness({ ...missing, verbs: [verb] });
              return allowsRequest(b, refused) && !allowsRequest(a, refused);
            }),
          );
        },
      ),
      { numRuns: 2000 },
    );
  });

  for (const [title, rules, request, expected] of [
    ['a list by a rule for all', log, {}, true],
    ['a list not by a rule for one node', [rule('nodes/log', 'get', 'node-1')], {}, false],
    ['a list by a rule for the empty name', [rule('nodes/log', 'get', '')], {}, true],
    ['one node by a rule for it', [rule('nodes/log', 'get', 'node-1')], { name: 'node-1' }, true],
    [
      'a slash within the resource is no subresource',
      [rule('*/log', 'get')],
      { resource: 'nodes/log', subresource: '' },
      false,
    ],
    ['no subresource is not that of anything', [rule('*/', 'get')], { subresource: '' }, false],
    ['but the same text', log, { resource: 'nodes/log', subresource: '' }, true],
    [
      'null lists allow nothing',
      raw({ verbs: ['*'], resources: null, apiGroups: null }),
      {},
      false,
    ],
  ] as const)
    test(`a request: ${title}`, () => {
      const usual = { apiGroup: '', resource: 'nodes', subresource: 'log', verb: 'get' };
      assert.is(allowsRequest(rules, { ...usual, ...request }), expected);
    });

  test('agrees with an authorizer that was written apart from it', () => {
    fc.assert(
      fc.property(fc.array(anyResourceRule, { maxLength: 4 }), anyRequest, (rules, request) => {
        const store = new Store();
        const meta = (kind: string) => ({ apiVersion: 'v1', kind, metadata: { name: 'r' } });
        store.put('clusterroles', { ...meta('ClusterRole'), rules });
        store.put('clusterrolebindings', {
          ...meta('ClusterRoleBinding'),
          roleRef: { name: 'r' },
          subjects: [{ kind: 'User', name: 'u' }],
        });
        const { apiGroup, verb, name = '' } = request;
        const resource = [request.resource, request.subresource].filter(Boolean).join('/');
        const { allowed } = new Authorizer(store).authorize(
          { user: 'u', groups: [] },
          { apiGroup, resource, verb, name },
        );
        const names = name === '' ? {} : { resourceNames: [name] };
        const wanted = { apiGroups: [apiGroup], resources: [resource], verbs: [verb], ...names };
        return allowsRequest(rules, request) === allowed && covers(rules, [wanted]) === allowed;
      }),
      { numRuns: 2000 },
    );
  });

  test('rules as API servers may send them, with lists empty, null or absent, never fail', () => {
    fc.assert(
      fc.property(anyOldRules, anyOldRules, anyRequest, (a, b, request) => {
        allowsRequest(a, request);
        return covers([...a, ...missingRules(a, b)], b);
      }),
      { numRuns: 1000 },
    );
  });
});
