import * as assert from 'uvu/assert';
import type { PolicyRule } from '../../src/objects.ts';
import { allowsRequest, covers, missingRules } from '../../src/rbac/rules.ts';
import { fc } from '../kit/fast-check.ts';
import { runs } from '../kit/random.ts';
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
const all = rule('*', '*', undefined, '*');
const log = rule('nodes/log', 'get');
const one = rule('nodes/log', 'get', 'node-1');
const two = rule('nodes/log', 'get', 'node-1,node-2');
const none = { ...log, resourceNames: [] };
/** Rules that an API server may send, but that the types do not allow. */
const raw = (...rules: readonly unknown[]) => rules as PolicyRule[];

type Rules = PolicyRule | readonly PolicyRule[];

const table: readonly (readonly [title: string, found: Rules, wanted: Rules, covered: boolean])[] =
  [
    ['nothing by nothing', [], [], true],
    ['something by nothing', [], log, false],
    ['a rule by itself', log, log, true],
    ['a rule, written twice, by itself', log, [rule('nodes/log,nodes/log', 'get,get'), log], true],
    ['some verbs by every verb', rule('nodes/log', '*'), rule('nodes/log', 'get,create'), true],
    [
      'every verb by all known verbs',
      rule('nodes/log', 'get,list,watch,create,update,patch,delete,deletecollection,proxy'),
      rule('nodes/log', '*'),
      false,
    ],
    ['the empty verb by every verb', rule('nodes/log', '*'), rule('nodes/log', ''), true],
    ['the empty verb by another verb', log, rule('nodes/log', ''), false],
    [
      'some rules by a rule for everything',
      all,
      rule('nodes/log,nodes,*', '*', undefined, '*,apps'),
      true,
    ],
    ['every group by known groups', rule('*', '*', undefined, ',apps'), all, false],
    ['every resource by known resources', rule('nodes,pods,*/log', 'get'), rule('*', 'get'), false],
    ['nodes/log by */log', rule('*/log', 'get'), log, true],
    ['*/log by itself', rule('*/log', 'get'), rule('*/log', 'get'), true],
    ['*/log by every resource', rule('*', 'get'), rule('*/log', 'get'), true],
    [
      '*/log by log of known resources',
      rule('nodes/log,pods/log', 'get'),
      rule('*/log', 'get'),
      false,
    ],
    ['a subresource by a similar subresource', rule('*/lo', 'get'), log, false],
    ['a resource by its subresource', log, rule('nodes', 'get'), false],
    ['a subresource by its resource', rule('nodes', '*'), log, false],
    ['a subresource by nodes/*', rule('nodes/*', '*'), log, false],
    ['nodes/* by itself', rule('nodes/*', '*'), rule('nodes/*', 'get'), true],
    ['nodes/* by */*', rule('*/*', '*'), rule('nodes/*', 'get'), true],
    ['a subresource by */*', rule('*/*', '*'), log, false],
    ['all nodes by one node', one, log, false],
    ['one node by all nodes', log, one, true],
    ['two nodes by all nodes', log, two, true],
    ['two nodes by one of them', one, two, false],
    [
      'two nodes by one rule for each of them',
      [rule('nodes/log', 'get', 'node-2'), one],
      two,
      true,
    ],
    ['a node by a rule for the name *', rule('nodes/log', 'get', '*'), one, false],
    ['a group by another group', rule('nodes/log', 'get', undefined, 'apps'), log, false],
    [
      'a rule by its parts',
      [log, rule('nodes/log', 'create'), rule('nodes/stats', '*')],
      rule('nodes/log,nodes/stats', 'get,create'),
      true,
    ],
    [
      'a combination of two rules',
      [log, rule('nodes/stats', 'create')],
      rule('nodes/log', 'create'),
      false,
    ],
    ['a URL by itself', url('/metrics', 'get'), url('/metrics', 'get'), true],
    ['a URL by every URL', url('*', '*'), url('/metrics,/logs/*', 'get'), true],
    ['a URL by its prefix', url('/logs/*', 'get'), url('/logs/a,/logs/a/*,/logs/', 'get'), true],
    ['a URL by a prefix and two stars', url('/logs/**', 'get'), url('/logs/a', 'get'), true],
    ['a URL by a prefix without a star', url('/logs', 'get'), url('/logs/a', 'get'), false],
    ['a URL by a star in the middle', url('/logs/*/b', 'get'), url('/logs/a/b', 'get'), false],
    ['a prefix by a longer prefix', url('/logs/*', 'get'), url('/logs*', 'get'), false],
    ['every URL by URLs that begin with a slash', url('/*', 'get'), url('*', 'get'), false],
    ['a URL by every resource', all, url('/metrics', 'get'), false],
    ['a resource by every URL', url('*', '*'), log, false],
    ['a URL by another verb', url('/metrics', 'get'), url('/metrics', 'post'), false],
    ['URLs and resources by resources only', log, { ...log, ...url('/metrics', 'get') }, false],
    ['a rule without verbs by nothing', [], { ...rule('nodes', 'get'), verbs: [] }, true],
    ['a rule without groups by nothing', [], { ...rule('nodes', 'get'), apiGroups: [] }, true],
    ['a rule without resources by nothing', [], { apiGroups: [''], verbs: ['get'] }, true],
    ['something by a rule without resources', { apiGroups: ['*'], verbs: ['*'] }, log, false],
    ['all nodes by an empty list of names', none, log, true],
    ['an empty list of names by one node', one, none, false],
    [
      'all nodes by null names',
      raw({ ...log, resourceNames: null, nonResourceURLs: null }),
      log,
      true,
    ],
    ['something by null lists', raw({ verbs: null, apiGroups: null, resources: null }), log, false],
    [
      'null lists by nothing',
      [],
      raw({ verbs: null }, { verbs: ['get'], apiGroups: null, resources: null }),
      true,
    ],
  ];

suite('rules', (test) => {
  for (const [title, found, wanted, expected] of table)
    test(`covers() is ${expected}: ${title}`, () =>
      assert.is(covers([found].flat(), [wanted].flat()), expected));

  for (const [title, found, wanted, expected] of [
    [
      'one rule for each resource, with all its verbs',
      log,
      rule('nodes/log,nodes/stats', 'get,create'),
      [rule('nodes/log', 'create'), rule('nodes/stats', 'get,create')],
    ],
    ['one rule for each name', one, two, rule('nodes/log', 'get', 'node-2')],
    [
      'each missing rule once',
      [],
      [rule('nodes,nodes', 'get,get'), rule('nodes', 'get')],
      rule('nodes', 'get'),
    ],
    ['no other verb beside *', [], rule('nodes', 'get,*,list'), rule('nodes', '*')],
    [
      'no name if all names are missing',
      [],
      [rule('nodes', 'get', 'node-1'), rule('nodes', 'get')],
      rule('nodes', 'get'),
    ],
    [
      'no resource if all resources are missing',
      log,
      [rule('*/log,nodes/log,pods', 'get'), rule('*', 'get')],
      rule('*', 'get'),
    ],
    [
      'URLs',
      url('/a/*', 'get'),
      url('/a/b,/c', 'get,post'),
      [url('/a/b', 'post'), url('/c', 'get,post')],
    ],
    ['the first of two equal URLs', [], url('/a*,/a**,/ab', 'get'), url('/a*', 'get')],
    ['nothing for null', [], raw({ verbs: null, resources: null }), []],
  ] as const)
    test(`missingRules() lists ${title}`, () =>
      assert.equal(missingRules([found].flat(), [wanted].flat()), [expected].flat()));

  test('covers() is reflexive', () => {
    fc.assert(fc.property(fc.oneof(anyRules, anyOldRules), (rules) => covers(rules, rules)));
  });

  test('covers() is transitive', () => {
    // Independent lists of rules seldom cover each other, so each list has only rules that the list before it covers.
    const triples = fc.tuple(anyRules, anyRules, anyRules).map(([a, b, c]) => {
      const second = b.filter((each) => covers(a, [each]));
      return [a, second, [...c, ...second].filter((each) => covers(second, [each]))] as const;
    });
    fc.assert(
      fc.property(triples, ([a, , c]) => covers(a, c)),
      runs(2000),
    );
  });

  test('covers() stays true with more found rules or fewer wanted rules', () => {
    fc.assert(
      fc.property(anyRules, anyRules, anyRules, (a, b, more) => {
        if (covers(a, b)) return covers([...more, ...a], b);
        return !covers(a, [...b, ...more]);
      }),
      runs(2000),
    );
  });

  test('rules cover the same permissions after a split into single permissions', () => {
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
      runs(1000),
    );
  });

  test('rules cover the same permissions after they are joined, reordered and repeated', () => {
    fc.assert(
      fc.property(anyResourceRule, anyRules, fc.array(fc.nat(3)), (one, others, cuts) => {
        const verbs = one.verbs.map((verb) => ({ ...one, verbs: [verb] }));
        const again = [...verbs, ...cuts.flatMap((cut) => verbs[cut] ?? [])].reverse();
        return (
          covers([one], others) === covers(again, others) &&
          covers(others, [one]) === covers(others, again)
        );
      }),
      runs(1000),
    );
  });

  test('found rules and missing rules together cover the wanted rules, and no verb of a missing rule is superfluous', () => {
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
      runs(2000),
    );
  });

  test('covers() is true exactly if the found rules allow each request that the wanted rules allow', () => {
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
      runs(2000),
    );
  });

  for (const [title, rules, request, expected] of [
    ['a list by a rule for all nodes', log, {}, true],
    ['a list by a rule for one node', one, {}, false],
    ['a list by a rule for the empty name', rule('nodes/log', 'get', ''), {}, true],
    ['one node by a rule for this node', one, { name: 'node-1' }, true],
    [
      'a resource with a slash by a rule for any subresource',
      rule('*/log', 'get'),
      { resource: 'nodes/log', subresource: '' },
      false,
    ],
    [
      'an empty subresource by a rule for an empty subresource',
      rule('*/', 'get'),
      { subresource: '' },
      false,
    ],
    [
      'a resource with a slash by a rule of the same text',
      log,
      { resource: 'nodes/log', subresource: '' },
      true,
    ],
    ['anything by null lists', raw({ verbs: ['*'], resources: null, apiGroups: null }), {}, false],
  ] as const)
    test(`allowsRequest() is ${expected}: ${title}`, () => {
      const usual = { apiGroup: '', resource: 'nodes', subresource: 'log', verb: 'get' };
      assert.is(allowsRequest([rules].flat(), { ...usual, ...request }), expected);
    });

  test('allowsRequest() agrees with the authorizer of the sandbox', () => {
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
      runs(2000),
    );
  });

  test('rules may have lists that are empty, null or absent', () => {
    fc.assert(
      fc.property(anyOldRules, anyOldRules, anyRequest, (a, b, request) => {
        allowsRequest(a, request);
        return covers([...a, ...missingRules(a, b)], b);
      }),
      runs(1000),
    );
  });
});
