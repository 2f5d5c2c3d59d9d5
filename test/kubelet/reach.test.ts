import * as assert from 'uvu/assert';
import type { Strength } from '../../src/kubelet/endpoints.ts';
import { formatPermissions, permissionsOf, whoReaches } from '../../src/kubelet/reach.ts';
import type { PolicyRule } from '../../src/objects.ts';
import { formatSubject } from '../../src/rbac/subject.ts';
import { fc } from '../kit/fast-check.ts';
import { runs } from '../kit/random.ts';
import { account, binding, group, role, rule, user } from '../kit/rbac.ts';
import { suite } from '../kit/suite.ts';
import { anyOldRules, anyRules } from '../rbac/arbitraries.ts';
import { Authorizer } from '../sandbox/authorizer.ts';
import { Store } from '../sandbox/store.ts';

const jane = user('jane');

/** Rules, the strongest access that each rule gives, and the permissions that give this access. */
const table: readonly [title: string, rule: PolicyRule, Strength | undefined, gives: string][] = [
  ['get nodes/proxy is exec', rule('nodes/proxy'), 'exec', 'nodes/proxy get'],
  ['create nodes/proxy is exec', rule('nodes/proxy', 'create'), 'exec', 'nodes/proxy create'],
  ['a star of verbs', rule('nodes/proxy', '*'), 'exec', 'nodes/proxy get,create'],
  ['a star of resources', rule('*'), 'exec', 'nodes/proxy get'],
  ['*/proxy', rule('*/proxy'), 'exec', 'nodes/proxy get'],
  ['a star of groups', rule('nodes/proxy', 'get', { apiGroups: ['*'] }), 'exec', 'nodes/proxy get'],
  ['another group', rule('nodes/proxy', 'get', { apiGroups: ['apps'] }), undefined, ''],
  ['nodes/* matches nothing', rule('nodes/*', '*'), undefined, ''],
  ['nodes gives no subresource', rule('nodes', '*'), undefined, ''],
  ['*/* matches nothing', rule('*/*', '*'), undefined, ''],
  [
    'update nodes/proxy sets the log level',
    rule('nodes/proxy', 'update'),
    'log-level',
    'nodes/proxy update',
  ],
  [
    'delete nodes/proxy reads /configz by DELETE',
    rule('nodes/proxy', 'delete'),
    'read',
    'nodes/proxy delete',
  ],
  [
    'kubelets never check list on nodes/proxy',
    rule('nodes/proxy', 'list,watch,proxy'),
    undefined,
    '',
  ],
  [
    'create nodes/checkpoint',
    rule('nodes/checkpoint', 'create'),
    'checkpoint',
    'nodes/checkpoint create',
  ],
  ['get nodes/checkpoint creates no checkpoint', rule('nodes/checkpoint'), undefined, ''],
  ['get nodes/log', rule('nodes/log'), 'logs', 'nodes/log get'],
  ['get nodes/configz', rule('nodes/configz'), 'read', 'nodes/configz get'],
  ['get nodes/pods', rule('nodes/pods'), 'read', 'nodes/pods get'],
  [
    'get nodes/stats and metrics',
    rule('nodes/stats,nodes/metrics'),
    'metrics',
    'nodes/metrics get, nodes/stats get',
  ],
  [
    'create nodes/metrics reads by POST',
    rule('nodes/metrics', 'create'),
    'metrics',
    'nodes/metrics create',
  ],
  ['nodes/spec gives no access', rule('nodes/spec', '*'), undefined, ''],
  [
    'only some nodes',
    rule('nodes/proxy', 'get', { resourceNames: ['b', 'a'] }),
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
      role('metrics', [rule('nodes/metrics')]),
      role('exec', [rule('nodes/proxy')]),
      role('logs', [rule('nodes/log')]),
    ];
    const [ann, devs] = [user('ann'), group('devs')];
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
    const roles = [
      role('exec', [rule('nodes/proxy')]),
      { ...role('none', []), rules: null as never },
    ];
    assert.equal(
      whoReaches(roles, [
        binding('a', 'gone', [jane]),
        { ...binding('b', 'exec', []), subjects: null as never },
        binding('c', 'none', [jane]),
        { ...binding('d', 'exec', [jane]), roleRef: { apiGroup: '', kind: 'Role', name: 'exec' } },
        binding('e', 'exec', [{ kind: 'Robot', name: 'r2' }]),
      ]),
      [],
    );
  });

  test('leaves out system:masters, which bypasses RBAC', () => {
    const roles = [role('all', [rule('*', '*')])];
    const masters = [group('system:masters')];
    assert.equal(whoReaches(roles, [binding('cluster-admin', 'all', masters)]), []);
  });

  const collector = 'system:controller:generic-garbage-collector';
  for (const [name, subject, isDefault, roleName = name] of [
    [collector, account('generic-garbage-collector', 'kube-system'), true],
    [collector, account('generic-garbage-collector', 'kube-system'), false, 'exec'],
    [collector, account('generic-garbage-collector', 'ns'), false],
    [collector, account('job-controller', 'kube-system'), false],
    [collector, user('system:kube-controller-manager'), false],
    ['system:controller:x', account('x', 'kube-system'), false],
    ['system:kube-dns', account('kube-dns', 'kube-system'), true],
    ['system:kube-scheduler', user('system:kube-scheduler'), true],
    ['system:kube-scheduler', user('system:kube-scheduler'), false, 'exec'],
    ['system:kube-scheduler', user('system:kube-evil'), false],
    ['system:x', user('system:kube-scheduler'), false],
    ['constructor', user('jane'), false],
  ] as const)
    test(`a binding ${name} to role ${roleName} gives ${formatSubject(subject)} ${isDefault ? '' : 'no '}default access`, () => {
      const labels = { 'kubernetes.io/bootstrapping': 'rbac-defaults' };
      const bound = binding(name, roleName, [subject], { labels });
      const [found] = whoReaches([role(roleName, [rule('nodes/proxy')])], [bound]);
      assert.is(found?.by[0]?.isDefault, isDefault);
    });

  test('treats the user name of a service account as that account', () => {
    const roles = [role('exec', [rule('nodes/proxy')])];
    const found = whoReaches(roles, [
      binding('a', 'exec', [user('system:serviceaccount:ns:agent')]),
      binding('b', 'exec', [account('agent', 'ns')]),
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
        store.put('clusterroles', role('r', whole));
        store.put('clusterrolebindings', binding('b', 'r', [jane]));
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
                (right.nodeNames?.includes(node) ?? true),
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
