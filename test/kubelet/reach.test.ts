import * as assert from 'uvu/assert';
import type { Strength } from '../../src/kubelet/endpoints.ts';
import { formatPermissions, permissionsOf, whoReaches } from '../../src/kubelet/reach.ts';
import type {
  ClusterRole,
  ClusterRoleBinding,
  PolicyRule,
  RbacSubject,
} from '../../src/objects.ts';
import { formatSubject } from '../../src/rbac/subject.ts';
import { fc } from '../kit/fast-check.ts';
import { runs } from '../kit/random.ts';
import { suite } from '../kit/suite.ts';
import { anyOldRules, anyRules } from '../rbac/arbitraries.ts';
import { Authorizer } from '../sandbox/authorizer.ts';
import { Store } from '../sandbox/store.ts';

const role = (name: string, rules: readonly PolicyRule[] | null): ClusterRole => ({
  metadata: { name },
  rules: rules as PolicyRule[],
});
const binding = (
  name: string,
  roleName: string,
  subjects: readonly RbacSubject[] | null,
  kind = 'ClusterRole',
): ClusterRoleBinding => ({
  metadata: { name },
  roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind, name: roleName },
  subjects: subjects as RbacSubject[],
});
const jane: RbacSubject = { kind: 'User', name: 'jane' };
const nodes = (resources: readonly string[], verbs: readonly string[], more = {}): PolicyRule => ({
  apiGroups: [''],
  resources: [...resources],
  verbs: [...verbs],
  ...more,
});

/** Rules, the strongest access that each gives, and the permissions for it. */
const table: readonly [title: string, rule: PolicyRule, Strength | undefined, gives: string][] = [
  ['get nodes/proxy is exec', nodes(['nodes/proxy'], ['get']), 'exec', 'nodes/proxy get'],
  ['create nodes/proxy is exec', nodes(['nodes/proxy'], ['create']), 'exec', 'nodes/proxy create'],
  ['a star of verbs', nodes(['nodes/proxy'], ['*']), 'exec', 'nodes/proxy get,create'],
  ['a star of resources', nodes(['*'], ['get']), 'exec', 'nodes/proxy get'],
  ['*/proxy', nodes(['*/proxy'], ['get']), 'exec', 'nodes/proxy get'],
  [
    'a star of groups',
    nodes(['nodes/proxy'], ['get'], { apiGroups: ['*'] }),
    'exec',
    'nodes/proxy get',
  ],
  ['another group', nodes(['nodes/proxy'], ['get'], { apiGroups: ['apps'] }), undefined, ''],
  ['nodes/* matches nothing', nodes(['nodes/*'], ['*']), undefined, ''],
  ['nodes gives no subresource', nodes(['nodes'], ['*']), undefined, ''],
  ['*/* matches nothing', nodes(['*/*'], ['*']), undefined, ''],
  [
    'update nodes/proxy sets the log level',
    nodes(['nodes/proxy'], ['update']),
    'log level',
    'nodes/proxy update',
  ],
  [
    'delete nodes/proxy reads /configz by DELETE',
    nodes(['nodes/proxy'], ['delete']),
    'read',
    'nodes/proxy delete',
  ],
  [
    'kubelets never check list on nodes/proxy',
    nodes(['nodes/proxy'], ['list', 'watch', 'proxy']),
    undefined,
    '',
  ],
  [
    'create nodes/checkpoint',
    nodes(['nodes/checkpoint'], ['create']),
    'checkpoint',
    'nodes/checkpoint create',
  ],
  [
    'get nodes/checkpoint creates no checkpoint',
    nodes(['nodes/checkpoint'], ['get']),
    undefined,
    '',
  ],
  ['get nodes/log', nodes(['nodes/log'], ['get']), 'logs', 'nodes/log get'],
  ['get nodes/configz', nodes(['nodes/configz'], ['get']), 'read', 'nodes/configz get'],
  ['get nodes/pods', nodes(['nodes/pods'], ['get']), 'read', 'nodes/pods get'],
  [
    'get nodes/stats and metrics',
    nodes(['nodes/stats', 'nodes/metrics'], ['get']),
    'metrics',
    'nodes/metrics get, nodes/stats get',
  ],
  [
    'create nodes/metrics reads by POST',
    nodes(['nodes/metrics'], ['create']),
    'metrics',
    'nodes/metrics create',
  ],
  ['nodes/spec gives no access', nodes(['nodes/spec'], ['*']), undefined, ''],
  [
    'only some nodes',
    nodes(['nodes/proxy'], ['get'], { resourceNames: ['b', 'a'] }),
    'exec',
    'nodes/proxy get (only a, b)',
  ],
  ['a URL', { nonResourceURLs: ['*'], verbs: ['*'] }, undefined, ''],
];

suite('who can reach kubelets', (test) => {
  for (const [title, rule, strength, gives] of table)
    test(`${title}: ${strength ?? 'nothing'}`, () => {
      const [found] = whoReaches([role('r', [rule])], [binding('b', 'r', [jane])]);
      assert.is(found?.strength, strength);
      const permissions = found?.by[0]?.permissions ?? [];
      assert.is(
        formatPermissions(permissions.filter((right) => right.strength === strength)),
        gives,
      );
    });

  test('lists the strongest access first, among subjects and among the bindings of each subject', () => {
    const roles = [
      role('metrics', [nodes(['nodes/metrics'], ['get'])]),
      role('exec', [nodes(['nodes/proxy'], ['get'])]),
      role('logs', [nodes(['nodes/log'], ['get'])]),
    ];
    const ann: RbacSubject = { kind: 'User', name: 'ann' };
    const devs: RbacSubject = { kind: 'Group', name: 'devs' };
    const found = whoReaches(roles, [
      binding('a', 'metrics', [jane, ann]),
      binding('b', 'logs', [devs, jane]),
      binding('c', 'exec', [jane]),
    ]);
    assert.equal(
      found.map(({ subject, strength, by }) => [
        formatSubject(subject),
        strength,
        by.map((grant) => `${grant.binding} -> ${grant.role}`),
      ]),
      [
        ['user:jane', 'exec', ['c -> exec', 'b -> logs', 'a -> metrics']],
        ['group:devs', 'logs', ['b -> logs']],
        ['user:ann', 'metrics', ['a -> metrics']],
      ],
    );
  });

  test('missing roles, bindings without subjects and namespaced roles give no access', () => {
    const roles = [role('exec', [nodes(['nodes/proxy'], ['get'])]), role('none', null)];
    assert.equal(
      whoReaches(roles, [
        binding('a', 'gone', [jane]),
        binding('b', 'exec', null),
        binding('c', 'none', [jane]),
        binding('d', 'exec', [jane], 'Role'),
        binding('e', 'exec', [{ kind: 'Robot', name: 'r2' }]),
      ]),
      [],
    );
  });

  test('leaves out system:masters, which bypasses RBAC', () => {
    const roles = [role('all', [nodes(['*'], ['*'])])];
    const masters = { kind: 'Group', name: 'system:masters' };
    assert.equal(whoReaches(roles, [binding('cluster-admin', 'all', [masters])]), []);
  });

  for (const [name, subject, isDefault] of [
    ['system:controller:x', { kind: 'ServiceAccount', name: 'x', namespace: 'kube-system' }, true],
    ['system:controller:x', { kind: 'ServiceAccount', name: 'x', namespace: 'ns' }, false],
    ['system:controller:x', { kind: 'ServiceAccount', name: 'y', namespace: 'kube-system' }, false],
    ['system:controller:x', { kind: 'User', name: 'system:kube-controller-manager' }, false],
    ['system:x', { kind: 'ServiceAccount', name: 'y', namespace: 'kube-system' }, false],
    [
      'system:kube-dns',
      { kind: 'ServiceAccount', name: 'kube-dns', namespace: 'kube-system' },
      true,
    ],
    ['system:x', { kind: 'ServiceAccount', name: 'y', namespace: 'ns' }, false],
    ['system:x', { kind: 'User', name: 'system:kube-scheduler' }, false],
    ['system:kube-scheduler', { kind: 'User', name: 'system:kube-scheduler' }, true],
    ['system:kube-scheduler', { kind: 'User', name: 'system:kube-evil' }, false],
    ['system:x', { kind: 'User', name: 'jane' }, false],
    ['system:x', { kind: 'Group', name: 'system:kube-x' }, false],
  ] as const)
    test(`${formatSubject(subject)} in the default binding ${name} is ${isDefault ? '' : 'not '}default access`, () => {
      const labels = { 'kubernetes.io/bootstrapping': 'rbac-defaults' };
      const bound = { ...binding(name, 'exec', [subject]), metadata: { name, labels } };
      const [found] = whoReaches([role('exec', [nodes(['nodes/proxy'], ['get'])])], [bound]);
      assert.is(found?.by[0]?.isDefault, isDefault);
    });

  test('treats the user name of a service account as that account', () => {
    const roles = [role('exec', [nodes(['nodes/proxy'], ['get'])])];
    const found = whoReaches(roles, [
      binding('a', 'exec', [{ kind: 'User', name: 'system:serviceaccount:ns:agent' }]),
      binding('b', 'exec', [{ kind: 'ServiceAccount', name: 'agent', namespace: 'ns' }]),
    ]);
    assert.equal(
      found.map(({ subject, by }) => [formatSubject(subject), by.length]),
      [['serviceaccount:ns:agent', 2]],
    );
  });

  test('agrees with an authorizer on every verb that kubelets check', () => {
    fc.assert(
      fc.property(fc.oneof(anyRules, anyOldRules), (rules) => {
        const store = new Store();
        const whole = rules.map((rule) => ({ ...rule, verbs: rule.verbs ?? [] }));
        store.put('clusterroles', {
          apiVersion: 'v1',
          kind: 'ClusterRole',
          metadata: { name: 'r' },
          rules: whole,
        });
        store.put('clusterrolebindings', {
          apiVersion: 'v1',
          kind: 'ClusterRoleBinding',
          metadata: { name: 'b' },
          roleRef: { kind: 'ClusterRole', name: 'r' },
          subjects: [jane],
        });
        const authorizer = new Authorizer(store);
        const permissions = permissionsOf(whole);
        for (const node of ['node-1', 'node-2', 'node-3'])
          for (const [subresource, verb] of [
            ['proxy', 'get'],
            ['proxy', 'create'],
            ['proxy', 'update'],
            ['log', 'get'],
            ['metrics', 'get'],
            ['metrics', 'delete'],
            ['checkpoint', 'create'],
          ] as const) {
            const { allowed } = authorizer.authorize(
              { user: 'jane', groups: [] },
              { verb, apiGroup: '', resource: `nodes/${subresource}`, name: node },
            );
            const opened = permissions.some(
              (right) =>
                right.resource === `nodes/${subresource}` &&
                right.verb === verb &&
                (right.nodes?.includes(node) ?? true),
            );
            assert.is(
              opened,
              allowed,
              `${verb} nodes/${subresource} of ${node}: ${JSON.stringify(whole)}`,
            );
          }
      }),
      runs(500),
    );
  });
});
