import * as assert from 'uvu/assert';
import type { PolicyRule } from '../../src/objects.ts';
import { allowsRequest, covers, missingRules } from '../../src/rbac/rules.ts';
import { fc } from '../kit/fast-check.ts';
import { runs } from '../kit/random.ts';
import { rule, rulesIn } from '../kit/rbac.ts';
import { suite } from '../kit/suite.ts';
import { Authorizer } from '../sandbox/authorizer.ts';
import { Store } from '../sandbox/store.ts';
import { anyOldRules, anyRequest, anyResourceRule, anyRules, witness } from './arbitraries.ts';

const log = rule('nodes/log');
const one = rule('nodes/log', 'get', { resourceNames: ['node-1'] });
const none = { ...log, resourceNames: [] };
/** Rules that an API server may send, but that the types do not allow. */
const raw = (...rules: readonly unknown[]) => rules as PolicyRule[];

type Rules = PolicyRule | readonly PolicyRule[];

/** Whether rules cover others, a title, and both. */
const table = `
true: nothing by nothing | nothing | nothing
false: something by nothing | nothing | get nodes/log
true: a rule by itself | get nodes/log | get nodes/log
true: a rule, written twice, by itself | get nodes/log | get,get nodes/log,nodes/log; get nodes/log
true: some verbs by every verb | * nodes/log | get,create nodes/log
false: every verb by all known verbs | get,list,watch,create,update,patch,delete,deletecollection,proxy nodes/log | * nodes/log
true: the empty verb by every verb | * nodes/log | "" nodes/log
false: the empty verb by another verb | get nodes/log | "" nodes/log
true: some rules by a rule for everything | * * * | * nodes/log,nodes,* *,apps
false: every group by known groups | * * "",apps | * * *
false: every resource by known resources | get nodes,pods,*/log | get *
true: nodes/log by */log | get */log | get nodes/log
true: */log by itself | get */log | get */log
true: */log by every resource | get * | get */log
false: */log by log of known resources | get nodes/log,pods/log | get */log
false: a subresource by a similar subresource | get */lo | get nodes/log
false: a resource by its subresource | get nodes/log | get nodes
false: a subresource by its resource | * nodes | get nodes/log
false: a subresource by nodes/* | * nodes/* | get nodes/log
true: nodes/* by itself | * nodes/* | get nodes/*
true: nodes/* by */* | * */* | get nodes/*
false: a subresource by */* | * */* | get nodes/log
false: all nodes by one node | get nodes/log of node-1 | get nodes/log
true: one node by all nodes | get nodes/log | get nodes/log of node-1
true: two nodes by all nodes | get nodes/log | get nodes/log of node-1,node-2
false: two nodes by one of them | get nodes/log of node-1 | get nodes/log of node-1,node-2
true: two nodes by one rule for each of them | get nodes/log of node-2; get nodes/log of node-1 | get nodes/log of node-1,node-2
false: a node by a rule for the name * | get nodes/log of * | get nodes/log of node-1
false: a group by another group | get nodes/log apps | get nodes/log
true: a rule by its parts | get nodes/log; create nodes/log; * nodes/stats | get,create nodes/log,nodes/stats
false: a combination of two rules | get nodes/log; create nodes/stats | create nodes/log
true: a URL by itself | get URL /metrics | get URL /metrics
true: a URL by every URL | * URL * | get URL /metrics,/logs/*
true: a URL by its prefix | get URL /logs/* | get URL /logs/a,/logs/a/*,/logs/
true: a URL by a prefix and two stars | get URL /logs/** | get URL /logs/a
false: a URL by a prefix without a star | get URL /logs | get URL /logs/a
false: a URL by a star in the middle | get URL /logs/*/b | get URL /logs/a/b
false: a prefix by a longer prefix | get URL /logs/* | get URL /logs*
false: every URL by URLs that begin with a slash | get URL /* | get URL *
false: a URL by every resource | * * * | get URL /metrics
false: a resource by every URL | * URL * | get nodes/log
false: a URL by another verb | get URL /metrics | post URL /metrics
`;

const oddTable: readonly (readonly [
  title: string,
  found: Rules,
  wanted: Rules,
  covered: boolean,
])[] = [
  ['URLs and resources by resources only', log, { ...log, nonResourceURLs: ['/metrics'] }, false],
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

/** What of a list of rules another one lacks: a title, the other one, the list, and the result. */
const missingTable = `
one rule for each resource, with all its verbs | get nodes/log | get,create nodes/log,nodes/stats | create nodes/log; get,create nodes/stats
one rule for each name | get nodes/log of node-1 | get nodes/log of node-1,node-2 | get nodes/log of node-2
each missing rule once | nothing | get,get nodes,nodes; get nodes | get nodes
no other verb beside * | nothing | get,*,list nodes | * nodes
no name if all names are missing | nothing | get nodes of node-1; get nodes | get nodes
no resource if all resources are missing | get nodes/log | get */log,nodes/log,pods; get * | get *
URLs | get URL /a/* | get,post URL /a/b,/c | post URL /a/b; get,post URL /c
the first of two equal URLs | nothing | get URL /a*,/a**,/ab | get URL /a*
`;

suite('rules', (test) => {
  for (const row of table.trim().split('\n')) {
    const [title = '', found = '', wanted = ''] = row.split(' | ');
    test(`covers() is ${title}`, () =>
      assert.is(covers(rulesIn(found), rulesIn(wanted)), title.startsWith('true')));
  }

  for (const [title, found, wanted, expected] of oddTable)
    test(`covers() is ${expected}: ${title}`, () =>
      assert.is(covers([found].flat(), [wanted].flat()), expected));

  for (const row of missingTable.trim().split('\n')) {
    const [title = '', found = '', wanted = '', expected = ''] = row.split(' | ');
    test(`missingRules() lists ${title}`, () =>
      assert.equal(missingRules(rulesIn(found), rulesIn(wanted)), rulesIn(expected)));
  }

  test('missingRules() lists nothing for null', () =>
    assert.equal(missingRules([], raw({ verbs: null, resources: null })), []));

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
    [
      'a list by a rule for the empty name',
      rule('nodes/log', 'get', { resourceNames: [''] }),
      {},
      true,
    ],
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
