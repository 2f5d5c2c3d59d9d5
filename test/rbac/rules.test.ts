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
const slashed = { resource: 'nodes/log', subresource: '' };
/** Returns rules from the text of `rulesIn`, or from JSON: those that an API server may send, but that the types do not allow. */
const anyIn = (text: string): readonly PolicyRule[] =>
  text.startsWith('[') ? JSON.parse(text) : rulesIn(text);

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
true: a rule without verbs by nothing | nothing | [{"verbs":[],"apiGroups":[""],"resources":["nodes"]}]
true: a rule without groups by nothing | nothing | [{"verbs":["get"],"apiGroups":[],"resources":["nodes"]}]
true: a rule without resources by nothing | nothing | [{"verbs":["get"],"apiGroups":[""]}]
true: null lists by nothing | nothing | [{"verbs":null},{"verbs":["get"],"apiGroups":null,"resources":null}]
false: something by a rule without resources | [{"verbs":["*"],"apiGroups":["*"]}] | get nodes/log
false: something by null lists | [{"verbs":null,"apiGroups":null,"resources":null}] | get nodes/log
false: URLs and resources by resources only | get nodes/log | [{"verbs":["get"],"apiGroups":[""],"resources":["nodes/log"],"nonResourceURLs":["/metrics"]}]
true: all nodes by an empty list of names | [{"verbs":["get"],"apiGroups":[""],"resources":["nodes/log"],"resourceNames":[]}] | get nodes/log
true: all nodes by null names | [{"verbs":["get"],"apiGroups":[""],"resources":["nodes/log"],"resourceNames":null,"nonResourceURLs":null}] | get nodes/log
false: an empty list of names by one node | [{"verbs":["get"],"apiGroups":[""],"resources":["nodes/log"],"resourceNames":["node-1"]}] | [{"verbs":["get"],"apiGroups":[""],"resources":["nodes/log"],"resourceNames":[]}]
`;

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
      assert.is(covers(anyIn(found), anyIn(wanted)), title.startsWith('true')));
  }

  for (const row of missingTable.trim().split('\n')) {
    const [title = '', found = '', wanted = '', expected = ''] = row.split(' | ');
    test(`missingRules() lists ${title}`, () =>
      assert.equal(missingRules(rulesIn(found), rulesIn(wanted)), rulesIn(expected)));
  }

  test('missingRules() lists nothing for null', () =>
    assert.equal(missingRules([], anyIn('[{"verbs":null,"resources":null}]')), []));

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
    ['a list by a rule for all nodes', [log], {}, true],
    ['a list by a rule for one node', rulesIn('get nodes/log of node-1'), {}, false],
    ['a list by a rule for the empty name', rulesIn('get nodes/log of ""'), {}, true],
    ['any subresource by a resource with a slash', rulesIn('get */log'), slashed, false],
    ['an empty subresource by an empty one', rulesIn('get */'), { subresource: '' }, false],
    ['a resource with a slash by the same text', [log], slashed, true],
    ['anything by null lists', anyIn('[{"verbs":["*"],"resources":null}]'), {}, false],
  ] as const)
    test(`allowsRequest() is ${expected}: ${title}`, () => {
      const usual = { apiGroup: '', resource: 'nodes', subresource: 'log', verb: 'get' };
      assert.is(allowsRequest(rules, { ...usual, ...request }), expected);
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
