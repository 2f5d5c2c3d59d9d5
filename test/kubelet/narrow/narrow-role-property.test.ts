import * as assert from 'uvu/assert';
import { narrowRole } from '../../../src/kubelet/narrow/narrow-role.ts';
import type { Need } from '../../../src/kubelet/narrow/need.ts';
import type { PolicyRule } from '../../../src/objects.ts';
import { permissions } from '../../../src/rbac/permission.ts';
import { fc } from '../../kit/fast-check.ts';
import { runs } from '../../kit/random.ts';
import { binding, role, user } from '../../kit/rbac.ts';
import { suite } from '../../kit/suite.ts';
import { Authorizer } from '../../sandbox/authorizer.ts';
import { Store } from '../../sandbox/store.ts';
import { checks } from '../audit-log/play.ts';

const paths = [
  ...['/pods', '/runningpods/', '/healthz', '/configz', '/statusz', '/flagz', '/stats/summary'],
  ...['/metrics', '/metrics/cadvisor', '/logs/', '/containerLogs', '/exec', '/checkpoint'],
] as const;
const verbOf = { GET: 'get', POST: 'create', PUT: 'update' } as const;
const methods = ['GET', 'POST', 'PUT'] as const;
const nodes = ['node-1', 'node-2', 'node-3'];

const some = (values: readonly string[], most = 3) =>
  fc.array(fc.constantFrom(...values), { minLength: 1, maxLength: most });
const resourceNames = [
  ...['proxy', 'stats', 'metrics', 'log', 'pods', 'healthz', 'configz', 'statusz'].map(
    (each) => `nodes/${each}`,
  ),
  ...['nodes/proxy', 'nodes/proxy', 'nodes/spec', 'nodes/logs', 'nodes/*', 'nodes/status', 'nodes'],
  ...['pods', 'pods/proxy', 'pods/logs', 'services', '*', '*/proxy', '*/pods'],
];
const anyRule: fc.Arbitrary<PolicyRule> = fc
  .tuple(
    fc.constantFrom([''], [''], [''], ['', 'apps'], ['*'], ['apps']),
    some(resourceNames, 5),
    some(['get', 'get', 'list', 'watch', 'create', 'update', '*']),
    fc.option(some(nodes.slice(0, 2), 2), { nil: undefined, freq: 4 }),
  )
  .map(([apiGroups, resources, verbs, names]) => ({
    apiGroups: [...apiGroups],
    resources,
    verbs,
    ...(names && { resourceNames: names }),
  }));
const anyUrls: fc.Arbitrary<PolicyRule> = fc.record({
  nonResourceURLs: some(['/metrics', '/pods', '/version', '/*']),
  verbs: some(['get'], 1),
});
const anyRules = fc.array(
  fc.oneof({ weight: 6, arbitrary: anyRule }, { weight: 1, arbitrary: anyUrls }),
  { maxLength: 4 },
);
const anyNeed: fc.Arbitrary<Need> = fc.record({
  method: fc.constantFrom('GET', 'GET', 'GET', ...methods),
  path: fc.constantFrom(...paths),
  via: fc.constantFrom('direct', 'direct', 'direct', 'apiserver'),
  optional: fc.constantFrom(false, false, true),
  agent: fc.constant('agent'),
});
const anyVersions = fc.record({
  minors: fc.uniqueArray(fc.constantFrom(31, 32, 33, 35, 36, 37), { minLength: 1, maxLength: 4 }),
  also: fc.uniqueArray(fc.constantFrom(31, 33, 37), { maxLength: 1 }),
});

/** Returns a function that decides, by the sandbox's own RBAC, whether rules allow a verb on a resource. */
function openAuthorizer(rules: readonly PolicyRule[]) {
  const store = new Store();
  store.put('clusterroles', role('a', rules));
  store.put('clusterrolebindings', binding('a', 'a', [user('agent')]));
  const authorizer = new Authorizer(store);
  const who = { user: 'agent', groups: [] };
  return (verb: string, resource: string, name: string, apiGroup = '') =>
    authorizer.authorize(who, { verb, apiGroup, resource, name }).allowed;
}

const fallsBack = new Set(['pods', 'healthz', 'configz', 'statusz'].map((each) => `nodes/${each}`));

suite('narrowed roles of any kind', (test) => {
  const given = fc.tuple(anyRules, fc.array(anyNeed, { maxLength: 4 }), anyVersions);

  test('allow all needed calls that the old rules allowed', () =>
    fc.assert(
      fc.property(given, ([rules, needs, versions]) => {
        const narrowed = narrowRole(rules, needs, versions);
        const before = openAuthorizer(rules);
        const after = openAuthorizer(narrowed.rules);
        for (const need of needs)
          for (const minor of versions.minors) {
            const asked = need.via === 'apiserver' ? ['proxy'] : checks(need.path, minor);
            for (const node of nodes) {
              const opens = (allows: typeof before) =>
                asked.some((each) => allows(verbOf[need.method as 'GET'], `nodes/${each}`, node));
              const isLost = need.optional && narrowed.lost.includes(need);
              if (opens(before)) assert.ok(opens(after) || isLost, JSON.stringify([need, minor]));
            }
          }
      }),
      runs(1000),
    ));

  test('allow only permissions that the old rules gave directly or through nodes/proxy', () =>
    fc.assert(
      fc.property(given, ([rules, needs, versions]) => {
        const narrowed = narrowRole(rules, needs, versions);
        const before = openAuthorizer(rules);
        for (const each of narrowed.rules.flatMap(permissions)) {
          if ('url' in each || each.verb === '*' || each.resource.includes('*')) continue;
          const { verb, resource, apiGroup, resourceName = 'node-3' } = each;
          assert.ok(
            before(verb, resource, resourceName, apiGroup) ||
              (fallsBack.has(resource) && before(verb, 'nodes/proxy', resourceName)),
            JSON.stringify(each),
          );
        }
        // The new rules allow no call that the old rules denied. /flagz is an exception, because it shares a permission with another path.
        const after = openAuthorizer(narrowed.rules);
        for (const path of paths)
          for (const minor of versions.minors)
            for (const node of nodes) {
              const opens = (allows: typeof before) =>
                checks(path, minor).some((each) => allows('get', `nodes/${each}`, node));
              if (opens(after) && path !== '/flagz') assert.ok(opens(before), `${path} ${minor}`);
            }
      }),
      runs(1000),
    ));

  test('lose only permissions that a verdict names, and only permissions on kubelets', () =>
    fc.assert(
      fc.property(given, ([rules, needs, versions]) => {
        const { rules: after, removed, verdicts, added } = narrowRole(rules, needs, versions);
        const gone = verdicts.filter(
          ({ verdict }) => verdict !== 'keep' && verdict !== 'cannot narrow',
        );
        for (const resource of removed.flatMap(({ resources = [] }) => resources)) {
          assert.match(
            resource,
            /^nodes\/(?:proxy|stats|metrics|log|pods|healthz|configz|statusz|spec|logs|\*)$/,
          );
          assert.ok(
            gone.some(({ rule }) => rule.includes(resource)),
            resource,
          );
        }
        const [before, now] = [openAuthorizer(rules), openAuthorizer(after)];
        for (const verb of ['get', 'list', 'create', 'other'])
          for (const resource of [
            'nodes',
            'nodes/status',
            'pods',
            'pods/proxy',
            'pods/logs',
            'services',
            'x/proxy',
          ])
            for (const group of ['', 'apps'])
              assert.is(
                now(verb, resource, 'node-1', group),
                before(verb, resource, 'node-1', group),
              );
        const urls = (some: readonly PolicyRule[]) =>
          some.flatMap(({ nonResourceURLs = [] }) => nonResourceURLs);
        assert.equal(urls(after), urls(rules));
        if (removed.length === 0 && added.length === 0 && gone.length === 0)
          assert.equal(after, rules);
      }),
      runs(1000),
    ));

  test('stay unchanged if they are narrowed again', () =>
    fc.assert(
      fc.property(given, ([rules, needs, versions]) => {
        const once = narrowRole(rules, needs, versions).rules;
        const twice = narrowRole(once, needs, versions);
        assert.equal(twice.rules, once);
        assert.equal([twice.added, twice.removed], [[], []]);
      }),
      runs(1000),
    ));
});
