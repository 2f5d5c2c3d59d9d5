import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import pMap from 'p-map';
import * as assert from 'uvu/assert';
import { dist } from '../../scripts/paths.ts';
import type { PolicyRule, RbacSubject } from '../../src/objects.ts';
import { allowsRequest } from '../../src/rbac/rules.ts';
import { fc } from '../kit/fast-check.ts';
import * as kit from '../kit/rbac.ts';
import { suite } from '../kit/suite.ts';
import { waitFor } from '../kit/wait-for.ts';
import { adminApi, rbacPath } from './admin-api.ts';
import { withControllers } from './controllers.ts';
import { currentCluster } from './current.ts';
import { kubectlOf, toolOf } from './world.ts';

const cluster = await currentCluster();
const api = adminApi(cluster);
const kubectl = kubectlOf(cluster, dist);
const tool = toolOf(cluster);

const policies = '/apis/admissionregistration.k8s.io/v1';

/** Returns a ClusterRole. Its rules may be null, because the API server accepts this in a request. */
const role = (name: string, rules: readonly PolicyRule[] | null, more: object = {}) => ({
  ...{ ...kit.role(name, rules ?? []), rules },
  ...more,
});
const rule = (apiGroups: string[], resources: string[], verbs: string[] = ['get']) => ({
  ...{ apiGroups, resources, verbs },
});
const jane = kit.user('jane');

/** Returns whether the API server accepts the object. Sends a dry run, so nothing is created. */
async function isTaken(object: { readonly kind: string }): Promise<boolean> {
  const path = `${rbacPath}/${object.kind.toLowerCase()}s?dryRun=All`;
  const { status, text } = await api.send('POST', path, object);
  assert.ok(status === 201 || (status === 403 && text.includes('nodes/proxy')), text);
  return status === 201;
}

const createDryRun = (object: object) =>
  kubectl(['create', '--dry-run=server', '-f', '-'], 'admin', JSON.stringify(object));

const controllerLog = () => readFile(join(cluster.directory, 'log/controllers.log'), 'utf8');

async function remove(): Promise<void> {
  for (const kind of ['validatingadmissionpolicybindings', 'validatingadmissionpolicies'])
    for (const part of ['roles', 'bindings'])
      await api.send('DELETE', `${policies}/${kind}/kubeletaccess-nodes-proxy-${part}`);
  await waitFor(
    'the policy to be out of force',
    30_000,
    async () => (await createDryRun(probe)).stderr === '',
  );
}

const probe = role('probe', [rule([''], ['nodes/proxy'])]);

async function withPolicy(
  args: readonly string[],
  use: () => Promise<void>,
  isInForce = async () => !(await isTaken(probe)),
): Promise<void> {
  const { code, stdout, stderr } = await tool(['policy', ...args]);
  assert.is(code, 0, stderr);
  try {
    const applied = await kubectl(['apply', '-f', '-'], 'admin', stdout);
    assert.is(applied.code, 0, applied.stderr);
    await waitFor('the policy to be in force', 30_000, isInForce);
    await use();
  } finally {
    await remove();
  }
}

const groups = ['', '*', 'apps', 'metrics.k8s.io'];
const resources = [
  ...['nodes/proxy', '*/proxy', '*', '*/*', 'nodes/*', 'nodes', 'nodes/metrics', 'pods'],
];
const verbs = ['get', 'create', '*', 'list', 'update'];

const some = (words: readonly string[], maxLength: number) =>
  fc.array(fc.constantFrom(...words), { minLength: 1, maxLength });
const anyRule = fc.oneof(
  {
    weight: 1,
    arbitrary: fc.constant<PolicyRule>({ nonResourceURLs: ['/metrics', '*'], verbs: ['get'] }),
  },
  {
    weight: 7,
    arbitrary: fc.record(
      {
        ...{ apiGroups: some(groups, 2), resources: some(resources, 3), verbs: some(verbs, 2) },
        resourceNames: fc.constant<string[]>(['node-1']),
      },
      { requiredKeys: ['apiGroups', 'resources', 'verbs'] },
    ),
  },
);
const anyRules: fc.Arbitrary<readonly PolicyRule[] | null> = fc.oneof(
  { weight: 1, arbitrary: fc.constant(null) },
  { weight: 19, arbitrary: fc.array(anyRule, { minLength: 1, maxLength: 3 }) },
);

/** Whether RBAC gives a user with these rules any access to nodes/proxy. */
const isGiving = (rules: readonly PolicyRule[]) =>
  verbs.some((verb) =>
    allowsRequest(rules, {
      ...{ apiGroup: '', resource: 'nodes', subresource: 'proxy', name: 'node-1' },
      verb: verb === '*' ? 'delete' : verb,
    }),
  );

suite(`the printed policy against nodes/proxy, ${cluster.version}`, (test) => {
  test('denies every role with nodes/proxy, and no other role', () =>
    withPolicy([], async () => {
      const cases: readonly [name: string, rules: readonly PolicyRule[] | null, taken: boolean][] =
        [
          ['kyverno#1492: apiGroups *', [rule(['*'], ['nodes/proxy'])], false],
          ['kyverno#1504: both groups', [rule(['', '*'], ['nodes/proxy'])], false],
          ['kyverno#1516: among others', [rule(['apps', '*'], ['pods', 'nodes/proxy'])], false],
          ['kyverno#1352: no resources', [{ nonResourceURLs: ['/metrics'], verbs: ['get'] }], true],
          ['kyverno#895: all of other groups', [rule(['networking.istio.io'], ['*'])], true],
          ['all resources', [rule([''], ['*'])], false],
          ['all proxies', [rule([''], ['*/proxy'])], false],
          ['the second of its rules', [rule([''], ['nodes']), rule([''], ['nodes/proxy'])], false],
          ['one node', [{ ...rule([''], ['nodes/proxy']), resourceNames: ['node-1'] }], false],
          ['nodes/metrics', [rule([''], ['nodes/metrics', 'nodes/stats'])], true],
          ['no rules', [], true],
          ['null', null, true],
        ];
      for (const [index, [name, rules, taken]] of cases.entries())
        assert.is(await isTaken(role(`case-${index}`, rules)), taken, name);
    }));

  test('allows nodes/* and */*, with which RBAC gives no access', () =>
    withPolicy([], async () => {
      const rules = [rule([''], ['nodes/*', '*/*'], ['*'])];
      try {
        await api.call('POST', `${rbacPath}/clusterroles`, role('no-wildcard', rules));
        await api.call(
          'POST',
          `${rbacPath}/clusterrolebindings`,
          kit.binding('no-wildcard', 'no-wildcard', [jane]),
        );
        const { stdout } = await kubectl([
          ...['auth', 'can-i', 'get', 'nodes', '--subresource', 'proxy', '--as', 'jane'],
        ]);
        assert.is(stdout, 'no\n');
      } finally {
        await api.send('DELETE', `${rbacPath}/clusterrolebindings/no-wildcard`);
        await api.send('DELETE', `${rbacPath}/clusterroles/no-wildcard`);
      }
    }));

  test('denies exactly the roles with which RBAC gives access to nodes/proxy', () =>
    withPolicy([], async () => {
      const roles = fc.sample(anyRules, { seed: 2026, numRuns: 10_000 });
      let refused = 0;
      await pMap(
        roles.entries(),
        async ([index, rules]) => {
          const taken = await isTaken(role(`random-${index}`, rules));
          assert.is(taken, !isGiving(rules ?? []), JSON.stringify(rules));
          if (!taken) refused += 1;
        },
        { concurrency: 20 },
      );
      assert.ok(refused > 2_000 && refused < 8_000, String(refused));
    }));

  test('denies bindings of a role with nodes/proxy, except to allowed subjects', () =>
    withPolicy(
      [
        '--allow',
        'serviceaccount:agents:named,clusterrole/of-a-chart',
        '--allow',
        'group:named,user:oidc:al',
      ],
      async () => {
        const { account, group, user } = kit;
        const cases: readonly [role: string, subjects: readonly RbacSubject[], taken: boolean][] = [
          ['cluster-admin', [jane], false],
          ['cluster-admin', [group('system:masters')], true],
          ['cluster-admin', [group('system:masters'), jane], false],
          ['cluster-admin', [user('system:masters')], false],
          ['cluster-admin', [account('named', 'agents'), group('named')], true],
          ['cluster-admin', [account('named', 'other')], false],
          ['cluster-admin', [user('system:serviceaccount:agents:named')], false],
          ['cluster-admin', [user('oidc:al')], true],
          // RBAC ignores the namespace of a user: this is user al.
          ['cluster-admin', [{ ...user('al'), namespace: ':oidc' }], false],
          ['cluster-admin', [{ ...group('named'), namespace: 'agents' }], false],
          ['cluster-admin', [], true],
          ['of-a-chart', [jane], false],
          ['of-a-chart', [account('named', 'agents')], true],
          ['view', [jane], true],
          ['system:kubelet-api-admin', [jane], false],
        ];
        for (const [roleName, subjects, taken] of cases)
          assert.is(
            await isTaken(kit.binding('new', roleName, subjects)),
            taken,
            JSON.stringify([roleName, subjects]),
          );
        assert.is(await isTaken(role('of-a-chart', [rule([''], ['nodes/proxy'])])), true);
      },
    ));

  test('denies a chart upgrade that would restore nodes/proxy after narrow', async () => {
    const chart = role('prometheus', [rule([''], ['nodes/proxy', 'nodes/metrics'])]);
    const apply = (manifest: object) =>
      kubectl(['apply', '-f', '-'], 'admin', JSON.stringify(manifest));
    try {
      assert.is((await apply(chart)).code, 0);
      const narrowed = await tool('narrow prometheus --calls /metrics,/metrics/cadvisor --apply');
      assert.is(narrowed.code, 0, narrowed.stderr);
      await withPolicy([], async () => {
        const upgrade = await apply(chart);
        assert.is(upgrade.code, 1);
        assert.match(
          upgrade.stderr,
          /ValidatingAdmissionPolicy 'kubeletaccess-nodes-proxy-roles' .*denied request: ClusterRole prometheus gives nodes\/proxy, with which one runs commands in every container\. Finer permissions: kubectl kubeletaccess narrow ROLE\. To allow it: kubectl kubeletaccess policy --allow clusterrole\/ROLE/,
        );
      });
      // A role that had nodes/proxy when the policy was printed keeps it.
      assert.is((await apply(chart)).code, 0);
      await withPolicy([], async () => {
        const labeled = { ...chart, metadata: { name: 'prometheus', labels: { chart: '2' } } };
        const { code, stderr } = await apply(labeled);
        assert.is(code, 0, stderr);
      });
    } finally {
      await api.send('DELETE', `${rbacPath}/clusterroles/prometheus`);
    }
  });

  test('only warns with --action=warn', () =>
    withPolicy(
      ['--action=warn'],
      async () => {
        const bad = role('warned', [rule([''], ['nodes/proxy'])]);
        const { code, stderr } = await createDryRun(bad);
        assert.is(code, 0, stderr);
        assert.match(stderr, /^Warning: Validation failed for ValidatingAdmissionPolicy/m);
      },
      async () => (await createDryRun(probe)).stderr !== '',
    ));

  test('lets the API server start, and lets the controller aggregate permissions other than nodes/proxy', () =>
    withPolicy([], async () => {
      await cluster.stopApiServer();
      await cluster.startApiServer();
      assert.is((await kubectl(['get', 'clusterrole', 'cluster-admin'])).code, 0);
      await withControllers(cluster, async () => {
        try {
          const label = { 'rbac.authorization.k8s.io/aggregate-to-view': 'true' };
          const good = role('aggregated', [rule([''], ['nodes/metrics'])], {
            metadata: { name: 'aggregated', labels: label },
          });
          await api.call('POST', `${rbacPath}/clusterroles`, good);
          await waitFor('the aggregated role', 30_000, async () =>
            (await kubectl(['get', 'clusterrole', 'view', '-o', 'json'])).stdout.includes(
              'nodes/metrics',
            ),
          );
          // A role with nodes/proxy cannot be aggregated into a role without it.
          await kubectl(['label', 'clusterrole', 'system:kubelet-api-admin', 'of=sum']);
          await api.call(
            'POST',
            `${rbacPath}/clusterroles`,
            role('sum', null, {
              aggregationRule: { clusterRoleSelectors: [{ matchLabels: { of: 'sum' } }] },
            }),
          );
          await waitFor('the controller to be refused', 30_000, async () =>
            (await controllerLog()).includes('ClusterRole sum gives nodes/proxy'),
          );
          const { rules } = await api.call<{ rules: unknown }>(
            'GET',
            `${rbacPath}/clusterroles/sum`,
          );
          assert.is(rules, null);
        } finally {
          await kubectl(['label', 'clusterrole', 'system:kubelet-api-admin', 'of-']);
          for (const name of ['aggregated', 'sum'])
            await api.send('DELETE', `${rbacPath}/clusterroles/${name}`);
        }
      }, ['clusterrole-aggregation-controller']);
    }));
});
