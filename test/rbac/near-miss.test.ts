import * as assert from 'uvu/assert';
import type { PolicyRule, RbacSubject } from '../../src/objects.ts';
import { type DeniedPermission, type NearMiss, nearMisses } from '../../src/rbac/near-miss.ts';
import type { RbacObjects } from '../../src/rbac/rbac-objects.ts';
import { account, binding, group, role, roleBinding, rule, rulesIn, user } from '../kit/rbac.ts';
import { suite } from '../kit/suite.ts';

const bindIn = (namespace: string, roleName: string, subject = user('jane')) =>
  roleBinding(namespace, 'rb', { kind: 'ClusterRole', name: roleName }, [subject]);

const jane: DeniedPermission = {
  user: 'jane',
  verb: 'get',
  subresources: ['log'],
  nodes: ['node-1'],
};
const nothing: RbacObjects = { clusterRoles: [], clusterRoleBindings: [], roleBindings: [] };
const logs = role('logs', [rule('nodes/log')]);

/** Returns objects in which ClusterRole logs has the permission and is bound to these subjects. */
const given = (...subjects: RbacSubject[]): RbacObjects => ({
  ...nothing,
  clusterRoles: [logs],
  clusterRoleBindings: [binding('b', 'logs', subjects)],
});
/** Returns objects in which a role with these rules is bound to jane. */
const holding = (...rules: PolicyRule[]): RbacObjects => ({
  ...nothing,
  clusterRoles: [role('r', rules)],
  clusterRoleBindings: [binding('b', 'r', [user('jane')])],
});
/** Returns objects in which a RoleBinding refers to ClusterRole r with these rules. */
const inNamespace = (subject: RbacSubject, ...rules: PolicyRule[]): RbacObjects => ({
  ...nothing,
  clusterRoles: [role('r', rules)],
  roleBindings: [bindIn('dev', 'r', subject)],
});
const many = Array.from({ length: 12 }, (_, index) => bindIn(`n-${index}`, 'logs'));

/** Objects, and the texts of near misses that are expected for them. `denied` replaces fields of jane's denied permission. */
type Case = readonly [objects: RbacObjects, expected: readonly string[], denied?: object];

const noCommand = 'it allows get on nodes, which includes no subresource; use nodes/log';
const cases: Readonly<Record<string, Case>> = {
  'an empty cluster': [nothing, []],
  'a binding with the permission': [given(user('jane'), group('jane')), []],
  'a group of the user': [given(group('system:authenticated'), group('jane')), []],
  'bindings for others': [given(user('joe'), group('ops'), account('joe', 'default')), []],
  ...Object.fromEntries(
    [
      'get nodes/stats',
      'get pods/log',
      'list nodes',
      'get nodes,nodes/stats',
      '* nodes apps',
      '* * apps',
      'list nodes/log v1',
      'get URL /logs/*',
    ].map((rules): [string, Case] => [`the rule ${rules}`, [holding(...rulesIn(rules)), []]]),
  ),
  'a RoleBinding for another user': [inNamespace(user('joe'), rule('nodes/log')), []],
  'a RoleBinding without the permission': [inNamespace(user('jane'), rule('nodes')), []],
  'a binding to a missing role': [{ ...holding(), clusterRoles: [] }, []],
  'only one of the nodes that are denied': [
    {
      clusterRoles: ['1', '2'].map((n) => role(n, rulesIn(`get nodes/log of node-${n}`))),
      clusterRoleBindings: [
        binding('b', '1', [user('jane')]),
        ...['1', '2'].map((name) => binding(name, name, [group('jane')])),
      ],
      roleBindings: [],
    },
    [
      'ClusterRoleBinding 2: It grants ClusterRole 2 to group "jane", not to user "jane": the binding says Group.',
    ],
    { nodes: ['node-1', 'node-2', 'node-3'] },
  ],
  'a group with the name of the user': [
    given(group('jane')),
    [
      'ClusterRoleBinding b: It grants ClusterRole logs to group "jane", not to user "jane": the binding says Group.',
    ],
  ],
  'a service account with the name of the user': [
    given(account('jane', 'default')),
    [
      'ClusterRoleBinding b: It grants ClusterRole logs to service account "jane" of namespace default, not to user "jane": the binding says ServiceAccount.',
    ],
  ],
  'a RoleBinding of a ClusterRole': [
    inNamespace(user('jane'), rule('nodes/log')),
    [
      'RoleBinding dev/rb: It grants ClusterRole r to user "jane" only in namespace dev, but nodes are not namespaced; use a ClusterRoleBinding.',
    ],
  ],
  'a rule for two other apiGroups': [
    holding(rule('nodes/log', 'get', { apiGroups: ['v1', 'core'] })),
    [
      'ClusterRole r: User "jane" has it through ClusterRoleBinding b, but its rule for nodes/log has apiGroups "v1", "core"; nodes are in the core group "".',
    ],
  ],
  'a rule without apiGroups': [
    holding(rule('nodes/log', 'get', { apiGroups: [] })),
    [
      'ClusterRole r: User "jane" has it through ClusterRoleBinding b, but its rule for nodes/log has no apiGroups; nodes are in the core group "".',
    ],
  ],
  'a rule for nodes without the subresource, of a group of the user': [
    {
      ...holding(rule('nodes', 'get,list')),
      clusterRoleBindings: [binding('b', 'r', [group('system:authenticated')])],
    },
    [
      `ClusterRole r: Group "system:authenticated" has it through ClusterRoleBinding b, but ${noCommand}.`,
    ],
  ],
  'a rule for nodes/*': [
    holding(rule('nodes/*,nodes/stats', '*')),
    [
      'ClusterRole r: User "jane" has it through ClusterRoleBinding b, but it allows get on nodes/*, which matches nothing: RBAC has no such wildcard; use nodes/log.',
    ],
  ],
  'a rule for nodes without either of two denied subresources': [
    holding(rule('nodes', '*')),
    [
      'ClusterRole r: User "jane" has it through ClusterRoleBinding b, but it allows * on nodes, which includes no subresource; use nodes/healthz or nodes/proxy.',
    ],
    { verb: '', subresources: ['healthz', 'proxy'] },
  ],
  'a role only once, by the first of its bindings': [
    {
      ...holding(rule('nodes')),
      clusterRoleBindings: [binding('b', 'r', [user('jane')]), binding('c', 'r', [user('jane')])],
    },
    [`ClusterRole r: User "jane" has it through ClusterRoleBinding b, but ${noCommand}.`],
  ],
};

function format({ object, why }: NearMiss): string {
  return `${object}: ${why}`;
}

suite('near misses', (test) => {
  for (const [title, [objects, expected, denied]] of Object.entries(cases))
    test(`nearMisses() ${expected.length > 0 ? 'explains' : 'finds nothing for'} ${title}`, () =>
      assert.equal(nearMisses({ ...jane, ...denied }, objects).map(format), expected));

  test('nearMisses() lists at most ten objects, the most likely cause first', () => {
    const objects: RbacObjects = {
      clusterRoles: [
        logs,
        role('r', [rule('nodes')]),
        role('s', [rule('nodes/log', 'get', { apiGroups: ['v1'] })]),
      ],
      clusterRoleBindings: [
        binding('y', 'logs', [group('jane')]),
        ...['r', 's'].map((name) => binding(name, name, [user('jane')])),
      ],
      roleBindings: [bindIn('x', 'logs')],
    };
    assert.equal(
      nearMisses(jane, objects).map(({ object }) => object),
      ['ClusterRoleBinding y', 'RoleBinding x/rb', 'ClusterRole s', 'ClusterRole r'],
    );
    assert.is(nearMisses(jane, { ...objects, roleBindings: many }).length, 10);
  });
});
