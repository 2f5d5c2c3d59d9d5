import * as assert from 'uvu/assert';
import type { ClusterRole, PolicyRule, RbacSubject } from '../../../src/objects.ts';
import {
  type DeniedPermission,
  type NearMiss,
  nearMisses,
} from '../../../src/rbac/near-miss/near-miss.ts';
import type { RbacObjects } from '../../../src/rbac/rbac-objects.ts';
import { fc } from '../../kit/fast-check.ts';
import { runs } from '../../kit/random.ts';
import { account, binding, group, role, roleBinding, rule, user } from '../../kit/rbac.ts';
import { suite } from '../../kit/suite.ts';
import { Authorizer } from '../../sandbox/authorizer.ts';
import { Store } from '../../sandbox/store.ts';

const bindIn = (
  namespace: string,
  name: string,
  kind: string,
  roleName: string,
  subject = user('jane'),
) => roleBinding(namespace, name, { kind, name: roleName }, [subject]);

const jane: DeniedPermission = {
  user: 'jane',
  verb: 'get',
  subresources: ['log'],
  nodes: ['node-1'],
};
const prometheus = { user: 'system:serviceaccount:monitoring:prometheus' };
const nothing: RbacObjects = { clusterRoles: [], clusterRoleBindings: [], roleBindings: [] };
const logs = role('logs', [rule('nodes/log')]);

/** A binding of a role that gives the right, to these subjects. */
const given = (...subjects: RbacSubject[]): RbacObjects => ({
  ...nothing,
  clusterRoles: [logs],
  clusterRoleBindings: [binding('b', 'logs', subjects)],
});
/** A role of these rules, bound to jane. */
const holding = (...rules: PolicyRule[]): RbacObjects => ({
  ...nothing,
  clusterRoles: [role('r', rules)],
  clusterRoleBindings: [binding('b', 'r', [user('jane')])],
});

const setJane = 'kubectl set subject clusterrolebinding b --user=jane';
const setPrometheus =
  'kubectl set subject clusterrolebinding b --serviceaccount=monitoring:prometheus';
const addRule = (names = '') =>
  `kubectl patch clusterrole r --type=json '--patch=[{"op":"add","path":"/rules/-","value":{"apiGroups":[""],"resources":["nodes/log"],"verbs":["get"]${names}}}]'`;
const notHers = (found: string, why: string, command: string | undefined = setJane) => ({
  object: 'ClusterRoleBinding b',
  why: `It grants ClusterRole logs to ${found}, ${why}.`,
  ...(command !== undefined && { command }),
});
const spelling = (found: string, difference: string) =>
  notHers(`user ${JSON.stringify(found)}`, `not to user "jane": ${difference}`);
const mismatch = (but: string, command = addRule()) => ({
  object: 'ClusterRole r',
  why: `User "jane" has it through ClusterRoleBinding b, but ${but}.`,
  ...(command !== '' && { command }),
});
const notItsAccount = (found: string, why: string) =>
  notHers(
    found,
    `not to service account "prometheus" of namespace monitoring: ${why}`,
    setPrometheus,
  );
const misspelt = (word: string) =>
  mismatch(`resource ${JSON.stringify(word)} in its rule matches nothing here; use nodes/log`);
const unwild = (word: string) =>
  mismatch(
    `resource "${word}" in its rule matches no subresource: RBAC has no such wildcard; use nodes/log`,
  );

/** Objects, and what of the denied permission is not jane's. */
type Asked = Partial<RbacObjects> & { readonly denied?: Partial<DeniedPermission> };
const by = (denied: Partial<DeniedPermission>, objects: Asked): Asked => ({ ...objects, denied });

type Case = readonly [title: string, asked: Asked, ...expected: NearMiss[]];

const table: readonly Case[] = [
  ['nothing of nothing', {}],
  ['nothing of a binding that grants it', given(user('jane'))],
  ['nothing of a permission of a group', by({ groups: ['devs'] }, given(group('devs')))],
  [
    'nothing of a permission of the group of all users',
    given(group('system:authenticated'), user('Jane')),
  ],
  [
    'nothing for a member of system:masters',
    by({ groups: ['system:masters'] }, given(user('Jane'))),
  ],
  ['nothing of bindings for others', given(user('joe'), group('ops'))],
  ['nothing of a rule for other resources', holding(rule('pods/log'))],
  ['nothing of a rule with two mismatches', holding(rule('nodes/stats', 'list'))],
  ['nothing of all resources of another group', holding(rule('*', '*', { apiGroups: ['apps'] }))],
  ['nothing of a rule for URLs', holding({ nonResourceURLs: ['/logs/*'], verbs: ['get'] })],
  [
    'a RoleBinding of a ClusterRole',
    { clusterRoles: [logs], roleBindings: [bindIn('kube-system', 'rb', 'ClusterRole', 'logs')] },
    {
      object: 'RoleBinding kube-system/rb',
      why: 'It grants ClusterRole logs to user "jane" only in namespace kube-system, but nodes are not namespaced; use a ClusterRoleBinding.',
      command: 'kubectl create clusterrolebinding kube-system:rb --clusterrole=logs --user=jane',
    },
  ],
  [
    'a RoleBinding of a role that allows too much for a ClusterRoleBinding',
    {
      clusterRoles: [role('admin', [rule('*', '*', { apiGroups: ['*'] })])],
      roleBindings: [bindIn('dev', 'rb', 'ClusterRole', 'admin')],
    },
    {
      object: 'RoleBinding dev/rb',
      why: 'It grants ClusterRole admin to user "jane" only in namespace dev, but nodes are not namespaced; use a ClusterRoleBinding.',
    },
  ],
  [
    'a RoleBinding of a Role in its own namespace',
    {
      clusterRoles: [logs],
      roles: [
        { metadata: { name: 'r', namespace: 'dev' }, rules: [rule('nodes/log')] },
        { metadata: { name: 'logs', namespace: 'other' }, rules: [rule('nodes/log')] },
      ],
      roleBindings: [bindIn('dev', 'rb', 'Role', 'r'), bindIn('dev', 'no', 'Role', 'logs')],
    },
    {
      object: 'RoleBinding dev/rb',
      why: 'It grants Role r to user "jane" only in namespace dev, but nodes are not namespaced; use a ClusterRole with a ClusterRoleBinding.',
    },
  ],
  [
    'a RoleBinding to a service account in its own namespace',
    by(prometheus, {
      clusterRoles: [logs],
      roleBindings: [
        bindIn('monitoring', 'rb', 'ClusterRole', 'logs', account('prometheus', '')),
        bindIn('other', 'rb', 'ClusterRole', 'logs', account('prometheus')),
      ],
    }),
    {
      object: 'RoleBinding monitoring/rb',
      why: 'It grants ClusterRole logs to service account "prometheus" without a namespace only in namespace monitoring, but nodes are not namespaced; use a ClusterRoleBinding.',
      command:
        'kubectl create clusterrolebinding monitoring:rb --clusterrole=logs --serviceaccount=monitoring:prometheus',
    },
  ],
  [
    'a RoleBinding to a service account of another namespace than its own',
    by(prometheus, {
      clusterRoles: [logs],
      roleBindings: [
        bindIn('dev', 'rb', 'ClusterRole', 'logs', account('prometheus', 'monitoring')),
        bindIn('monitoring', 'no', 'ClusterRole', 'logs', account('prometheus', 'dev')),
      ],
    }),
    {
      object: 'RoleBinding dev/rb',
      why: 'It grants ClusterRole logs to service account "prometheus" of namespace monitoring only in namespace dev, but nodes are not namespaced; use a ClusterRoleBinding.',
      command:
        'kubectl create clusterrolebinding dev:rb --clusterrole=logs --serviceaccount=monitoring:prometheus',
    },
  ],

  [
    'the subresource without the verb',
    holding(rule('nodes/log,pods', 'list,watch')),
    mismatch('it allows nodes/log list,watch, not get'),
  ],
  [
    'every resource without the verb',
    by({ verb: 'create' }, holding(rule('*', 'get'))),
    mismatch('it allows * get, not create', addRule().replace('["get"]', '["create"]')),
  ],
  [
    'a verb where only * is enough',
    by({ verb: '' }, holding(rule('*/log', 'get'))),
    mismatch(
      'it allows */log get, and only verb * covers this request',
      addRule().replace('["get"]', '["*"]'),
    ),
  ],
  [
    'nodes without the subresource',
    holding(rule('nodes', 'get,list')),
    mismatch('it allows get on nodes, which includes no subresource; use nodes/log'),
  ],
  [
    'another subresource',
    by({ subresources: ['healthz', 'proxy'] }, holding(rule('nodes,nodes/log,nodes/stats'))),
    mismatch(
      'it allows get on nodes/log, nodes/stats, not on nodes/healthz or nodes/proxy',
      addRule().replace('nodes/log', 'nodes/healthz'),
    ),
  ],

  ['a name in another case', given(user('Jane')), spelling('Jane', 'the case differs')],
  [
    'a name with white space',
    given(user(' jane\n')),
    spelling(' jane\n', 'leading or trailing white space differs'),
  ],
  [
    'a name with the prefix of our own notation',
    given(user('user:jane')),
    spelling('user:jane', 'the prefix differs'),
  ],
  [
    'a name with the prefix of the system',
    given(user('system:jane')),
    spelling('system:jane', 'the prefix differs'),
  ],
  [
    'a name without its prefix',
    by({ user: 'system:Jane' }, given(user('jane'))),
    notHers(
      'user "jane"',
      'not to user "system:Jane": the prefix differs',
      'kubectl set subject clusterrolebinding b --user=system:Jane',
    ),
  ],
  [
    'a group in another case',
    by({ groups: ['devs'] }, given(group('Devs'))),
    notHers('group "Devs"', 'not to group "devs": the case differs'),
  ],
  [
    'another spelling in the binding of the known pair',
    by(
      { user: 'kubernetes' },
      {
        clusterRoles: [role('system:kube-apiserver-to-kubelet', [rule('nodes/log', '*')])],
        clusterRoleBindings: [
          binding('system:kube-apiserver', 'system:kube-apiserver-to-kubelet', [
            user('Kubernetes'),
          ]),
        ],
      },
    ),
    {
      object: 'ClusterRoleBinding system:kube-apiserver',
      why: 'It grants ClusterRole system:kube-apiserver-to-kubelet to user "Kubernetes", not to user "kubernetes": the case differs.',
      command: 'kubectl kubeletaccess grant --subject user:kubernetes',
    },
  ],

  [
    'a group with the name of the user',
    given(group('jane')),
    notHers('group "jane"', 'not to user "jane": the binding says Group'),
  ],
  [
    'a user with the name of a group',
    by({ groups: ['devs'] }, given(user('devs'))),
    notHers(
      'user "devs"',
      'not to user "jane": "devs" is one of its groups, but the binding says User',
    ),
  ],
  [
    'a service account with the name of the user',
    given(account('jane', 'default')),
    notHers(
      'service account "jane" of namespace default',
      'not to user "jane": the binding says ServiceAccount',
    ),
  ],
  [
    'nothing of a service account as the user that it is',
    by(prometheus, given(user('system:serviceaccount:monitoring:prometheus'))),
  ],
  ...['prometheus', 'monitoring:prometheus', 'serviceaccount:monitoring:prometheus'].map(
    (name): Case => [
      `a service account as user ${name}`,
      by(prometheus, given(user(name))),
      notItsAccount(
        `user "${name}"`,
        'the binding says User, and its user name is "system:serviceaccount:monitoring:prometheus"',
      ),
    ],
  ),
  [
    'a service account of another namespace',
    by(prometheus, given(account('prometheus', 'default'))),
    notItsAccount('service account "prometheus" of namespace default', 'the namespace differs'),
  ],
  [
    'a service account of another namespace, by its user name',
    by(prometheus, given(user('system:serviceaccount:default:prometheus'))),
    notItsAccount('user "system:serviceaccount:default:prometheus"', 'the namespace differs'),
  ],
  [
    'a service account without a namespace',
    by(prometheus, given(account('prometheus'))),
    notItsAccount(
      'service account "prometheus" without a namespace',
      'the binding has no namespace',
    ),
  ],

  [
    'resourceNames without the denied nodes',
    by(
      { nodes: ['node-1', 'node-2', 'node-3'] },
      holding(rule('nodes/log', 'get', { resourceNames: ['node-1', 'node-9'] })),
    ),
    mismatch(
      'its resourceNames limit it to "node-1", "node-9" and exclude "node-2", "node-3"',
      addRule(',"resourceNames":["node-2","node-3"]'),
    ),
  ],
  [
    'resourceNames without a known node',
    by({ nodes: [] }, holding(rule('nodes/log', 'get', { resourceNames: ['node-1'] }))),
    mismatch('its resourceNames limit it to "node-1" and exclude other nodes'),
  ],
  [
    'a star in resourceNames',
    holding(rule('nodes/log', 'get', { resourceNames: ['*'] })),
    mismatch(
      'its resourceNames limit it to "*" ("*" is not a wildcard there) and exclude "node-1"',
      addRule(',"resourceNames":["node-1"]'),
    ),
  ],

  [
    'a binding of a role that does not exist',
    { clusterRoleBindings: [binding('b', 'gone', [user('jane')])] },
    {
      object: 'ClusterRoleBinding b',
      why: 'It grants ClusterRole gone to user "jane", but that ClusterRole does not exist.',
      command: 'kubectl create clusterrole gone --verb=get --resource=nodes/log',
    },
  ],
  [
    'no command to create a role that others would get',
    { clusterRoleBindings: [binding('b', 'gone', [user('jane'), user('joe')])] },
    {
      object: 'ClusterRoleBinding b',
      why: 'It grants ClusterRole gone to user "jane", but that ClusterRole does not exist.',
    },
  ],
  [
    'a ClusterRoleBinding of a Role',
    {
      ...given(user('jane')),
      clusterRoleBindings: [
        {
          ...binding('b', 'logs', [user('jane')]),
          roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'logs' },
        },
      ],
    },
    {
      object: 'ClusterRoleBinding b',
      why: 'It refers to Role logs, but a ClusterRoleBinding can refer only to a ClusterRole.',
    },
  ],

  ...(
    [
      [['metrics.k8s.io'], 'has apiGroups "metrics.k8s.io"'],
      [['v1', 'core'], 'has apiGroups "v1", "core"'],
      [[], 'has no apiGroups'],
    ] as const
  ).map(
    ([apiGroups, found]): Case => [
      `a rule that ${found}`,
      holding(rule('nodes/log', 'get', { apiGroups: [...apiGroups] })),
      mismatch(`its rule for nodes/log ${found}; nodes are in the core group ""`),
    ],
  ),
  ['nothing of a star for the group', holding(rule('nodes/log', 'get', { apiGroups: ['*'] }))],
  ...['GET', 'Get', ' get'].map(
    (verb): Case => [
      `the verb "${verb}"`,
      holding(rule('nodes/log', verb)),
      mismatch(`verb "${verb}" in its rule for nodes/log matches nothing; use "get"`),
    ],
  ),
  [
    'the method for the verb',
    by({ verb: 'create' }, holding(rule('nodes/log', 'POST'))),
    mismatch(
      'verb "POST" in its rule for nodes/log matches nothing; use "create"',
      addRule().replace('["get"]', '["create"]'),
    ),
  ],
  ...[
    'node/log',
    'nodes.log',
    'Nodes/log',
    'nodes/Log',
    'nodes/logs',
    ' nodes/log',
    'nodes/log/',
  ].map((word): Case => [`the resource "${word}"`, holding(rule(word)), misspelt(word)]),
  ...['nodes/*', '*/*'].map(
    (word): Case => [`the resource "${word}"`, holding(rule(word)), unwild(word)],
  ),
  ['nothing of a star for the resource', holding(rule('*/log'))],

  [
    'an aggregated role without rules',
    {
      ...holding(),
      clusterRoles: [
        {
          metadata: { name: 'r' },
          aggregationRule: {
            clusterRoleSelectors: [
              { matchLabels: { a: 'b', c: 'd' } },
              { matchExpressions: [{ key: 'e', operator: 'In', values: ['f', 'g'] }] },
              { matchExpressions: [{ key: 'h', operator: 'Exists' }] },
            ],
          },
        },
      ],
    },
    mismatch(
      'it aggregates ClusterRoles with labels a=b,c=d or e In (f,g) or h Exists, and none of them has a rule',
      '',
    ),
  ],

  [
    'the roles for kube-apiserver, bound to others',
    {
      clusterRoles: [
        role('system:kubelet-api-admin', [rule('nodes/log', '*')]),
        role('system:kube-apiserver-to-kubelet', [rule('nodes/log', '*')]),
        role('system:node-reader', [rule('nodes/log', '*')]),
      ],
      clusterRoleBindings: [
        binding('system:kube-apiserver', 'system:kube-apiserver-to-kubelet', [user('other')]),
        binding('admins', 'system:kubelet-api-admin', [user('other')]),
      ],
    },
    {
      object: 'ClusterRole system:kubelet-api-admin',
      why: 'It has the permission, but no ClusterRoleBinding grants it to user "jane".',
      command: 'kubectl kubeletaccess grant --profile builtin --subject user:jane',
    },
    {
      object: 'ClusterRoleBinding system:kube-apiserver',
      why: 'It refers to ClusterRole system:kube-apiserver-to-kubelet, which has the permission, but user "jane" is not among its subjects.',
      command: 'kubectl kubeletaccess grant --subject user:jane',
    },
  ],
  [
    'no grant command that would not help',
    by(
      { subresources: ['checkpoint'] },
      {
        clusterRoles: [role('system:kube-apiserver-to-kubelet', [rule('nodes/checkpoint', '*')])],
      },
    ),
    {
      object: 'ClusterRole system:kube-apiserver-to-kubelet',
      why: 'It has the permission, but no ClusterRoleBinding grants it to user "jane".',
    },
  ],
  [
    'no command for a user that is never granted access',
    by({ user: 'system:anonymous' }, given(user('System:anonymous'))),
    {
      object: 'ClusterRoleBinding b',
      why: 'It grants ClusterRole logs to user "System:anonymous", not to user "system:anonymous": the case differs.',
    },
  ],
  [
    'no command for a binding that another tool manages',
    {
      ...given(),
      clusterRoleBindings: [
        binding('b', 'logs', [user('Jane')], { annotations: { 'meta.helm.sh/release-name': 'x' } }),
      ],
    },
    { object: 'ClusterRoleBinding b', why: spelling('Jane', 'the case differs').why },
  ],
  [
    'no command for a role that others have',
    {
      ...holding(rule('nodes')),
      clusterRoleBindings: [binding('b', 'r', [user('jane')]), binding('c', 'r', [group('devs')])],
    },
    mismatch('it allows get on nodes, which includes no subresource; use nodes/log', ''),
  ],
  [
    'no command for a role that is aggregated into another',
    {
      ...holding(),
      clusterRoles: [
        role('r', [rule('nodes')], {
          labels: { 'rbac.authorization.k8s.io/aggregate-to-view': 'true' },
        }),
      ],
    },
    mismatch('it allows get on nodes, which includes no subresource; use nodes/log', ''),
  ],

  ...(
    [
      ['other resources', rule('nodes/log,pods')],
      ['another group', rule('nodes/log', 'get', { apiGroups: ['', 'apps'] })],
      ['URLs', { nonResourceURLs: ['*'], verbs: ['*'] }],
      ['the deletion of nodes', rule('nodes', 'delete')],
      ['writes to nodes', rule('nodes/status', 'patch')],
    ] satisfies readonly [string, PolicyRule][]
  ).map(
    ([what, more]): Case => [
      `no handing on of ${what}`,
      { ...given(user('Jane')), clusterRoles: [role('logs', [rule('nodes/log'), more])] },
      { object: 'ClusterRoleBinding b', why: spelling('Jane', 'the case differs').why },
    ],
  ),
  [
    'a role that also reads nodes',
    {
      ...given(user('Jane')),
      clusterRoles: [role('logs', [rule('nodes/log'), rule('nodes,nodes/status', 'get,list')])],
    },
    spelling('Jane', 'the case differs'),
  ],
  ...(
    [
      [
        'Helm keeps',
        { metadata: { name: 'r', annotations: { 'meta.helm.sh/release-name': 'x' } } },
      ],
      [
        'the API server keeps',
        { metadata: { name: 'r', labels: { 'kubernetes.io/bootstrapping': 'rbac-defaults' } } },
      ],
      ['is put together from others', { aggregationRule: { clusterRoleSelectors: [] } }],
    ] as const
  ).map(
    ([what, more]): Case => [
      `no change of a role that ${what}`,
      { ...holding(), clusterRoles: [{ ...role('r', [rule('nodes')]), ...more } as ClusterRole] },
      mismatch('it allows get on nodes, which includes no subresource; use nodes/log', ''),
    ],
  ),
  [
    'no command for a role that the user has through a group',
    by(
      { groups: ['devs'] },
      { ...holding(rule('nodes')), clusterRoleBindings: [binding('b', 'r', [group('devs')])] },
    ),
    {
      object: 'ClusterRole r',
      why: 'Group "devs" has it through ClusterRoleBinding b, but it allows get on nodes, which includes no subresource; use nodes/log.',
    },
  ],
  [
    'our own command for the role of the known pair',
    by(
      { subresources: ['proxy'] },
      {
        clusterRoles: [role('system:kube-apiserver-to-kubelet', [rule('nodes/proxy', 'list')])],
        clusterRoleBindings: [
          binding('system:kube-apiserver', 'system:kube-apiserver-to-kubelet', [user('jane')]),
        ],
      },
    ),
    {
      object: 'ClusterRole system:kube-apiserver-to-kubelet',
      why: 'User "jane" has it through ClusterRoleBinding system:kube-apiserver, but it allows nodes/proxy list, not get.',
      command: 'kubectl kubeletaccess grant --subject user:jane',
    },
  ],
  [
    'no command with a long list of nodes',
    by(
      { nodes: Array.from({ length: 11 }, (_, index) => `n-${index}`) },
      holding(rule('nodes/log', 'get', { resourceNames: ['node-1'] })),
    ),
    mismatch(
      'its resourceNames limit it to "node-1" and exclude "n-0", "n-1", "n-2", "n-3", "n-4" and 6 more',
      '',
    ),
  ],
  [
    'a role once, whatever the number of its bindings',
    {
      ...holding(rule('nodes')),
      clusterRoleBindings: [binding('c', 'r', [user('jane')]), binding('b', 'r', [user('jane')])],
    },
    mismatch('it allows get on nodes, which includes no subresource; use nodes/log'),
  ],
  [
    'a role for kube-apiserver once, by the closer binding',
    {
      clusterRoles: [role('system:kubelet-api-admin', [rule('nodes/log', '*')])],
      clusterRoleBindings: [binding('b', 'system:kubelet-api-admin', [user('Jane')])],
    },
    {
      object: 'ClusterRoleBinding b',
      why: 'It grants ClusterRole system:kubelet-api-admin to user "Jane", not to user "jane": the case differs.',
      command: 'kubectl kubeletaccess grant --profile builtin --subject user:jane',
    },
  ],
  [
    'nothing of a role for kube-apiserver without the permission',
    { clusterRoles: [role('system:kubelet-api-admin', [rule('nodes/stats')])] },
  ],
  [
    'nothing of a permission of the groups of service accounts',
    by(
      prometheus,
      given(group('system:serviceaccounts:monitoring'), account('prometheus', 'default')),
    ),
  ],
  [
    'nothing of a permission of the group of unauthenticated users',
    by(
      { user: 'system:anonymous' },
      given(group('system:unauthenticated'), user('System:anonymous')),
    ),
  ],
];

const telling: readonly [string, Partial<RbacObjects>][] = [
  ['spelling', { clusterRoleBindings: [binding('z', 'logs', [user('Jane')])] }],
  ['kind', { clusterRoleBindings: [binding('y', 'logs', [group('jane')])] }],
  ['namespace', { roleBindings: [bindIn('x', 'x', 'ClusterRole', 'logs')] }],
  ['names', { clusterRoles: [role('w', [rule('nodes/log', 'get', { resourceNames: ['n'] })])] }],
  ['form', { clusterRoles: [role('v', [rule('nodes/*')])] }],
  ['verb', { clusterRoles: [role('u', [rule('nodes/log', 'list'), rule('nodes')])] }],
  ['absent', { clusterRoleBindings: [binding('t', 'gone', [user('jane')])] }],
  ['whole', { clusterRoles: [role('s', [rule('nodes/stats'), rule('nodes')])] }],
  ['other', { clusterRoles: [role('r', [rule('nodes/stats')])] }],
  ['unbound', { clusterRoles: [role('system:kubelet-api-admin', [rule('nodes/log')])] }],
];

const someOf = <T>(values: readonly T[]) =>
  fc.array(fc.constantFrom(...values), { minLength: 1, maxLength: 3 });
const anyRole = (name: string) =>
  fc
    .array(
      fc
        .tuple(
          someOf(['nodes/log', 'nodes/proxy', 'nodes', '*/log', '*', 'nodes/*', 'Nodes/log']),
          someOf(['get', 'list', 'GET', '*']),
          // Mostly as it should be: a command is seldom offered for a role of several groups.
          fc.oneof({ weight: 4, arbitrary: fc.constant<string[]>(['']) }, someOf(['', '*', 'v1'])),
          fc.option(someOf(['node-1', 'node-2']), { nil: [] }),
        )
        .map(([resources, verbs, apiGroups, resourceNames]) => ({
          resources,
          verbs,
          apiGroups,
          resourceNames,
        })),
      { minLength: 1, maxLength: 2 },
    )
    .map((rules) => role(name, rules));
const anySubject = fc.constantFrom(
  user('jane'),
  user('Jane'),
  group('devs'),
  group('jane'),
  user('devs'),
  group('system:authenticated'),
);
const anyObjects: fc.Arbitrary<RbacObjects> = fc.record({
  clusterRoles: fc
    .tuple(anyRole('r'), anyRole('s'), anyRole('system:kube-apiserver-to-kubelet'))
    .map((roles) => [...roles]),
  clusterRoleBindings: fc
    .array(
      fc.tuple(
        fc.constantFrom('r', 's', 'gone', 'system:kube-apiserver-to-kubelet'),
        fc.array(anySubject, { minLength: 1, maxLength: 2 }),
      ),
      { minLength: 1, maxLength: 4 },
    )
    .map((bindings) =>
      bindings.map(([name, subjects], index) => binding(`b${index}`, name, subjects)),
    ),
  roleBindings: fc.constant([bindIn('dev', 'rb', 'ClusterRole', 'r')]),
});
const anyRefused: fc.Arbitrary<DeniedPermission> = fc.record({
  user: fc.constant('jane'),
  groups: fc.constantFrom([], ['devs']),
  verb: fc.constantFrom('get', 'create', ''),
  subresources: fc.constantFrom(['log'], ['pods', 'proxy']),
  nodes: fc.constantFrom([], ['node-1'], ['node-1', 'node-2']),
});

/** Whether RBAC gives the right on every node, by an authorizer that was written apart from the program. */
function isAllowed(
  refused: DeniedPermission,
  { clusterRoles, clusterRoleBindings }: RbacObjects,
): boolean {
  const store = new Store();
  const stored = (
    kind: string,
    object: ClusterRole | RbacObjects['clusterRoleBindings'][number],
  ) => ({
    ...object,
    apiVersion: 'v1',
    kind,
    metadata: { name: object.metadata?.name ?? '' },
  });
  for (const each of clusterRoles) store.put('clusterroles', stored('ClusterRole', each));
  for (const each of clusterRoleBindings)
    store.put('clusterrolebindings', stored('ClusterRoleBinding', each));
  const authorizer = new Authorizer(store);
  const { user: name, groups = [], verb, subresources, nodes } = refused;
  const who = { user: name, groups: [...groups, 'system:authenticated'] };
  return (nodes.length > 0 ? nodes : ['']).every((node) =>
    subresources.some(
      (subresource) =>
        authorizer.authorize(who, {
          verb,
          apiGroup: '',
          resource: `nodes/${subresource}`,
          name: node,
        }).allowed,
    ),
  );
}

/** The objects as kubectl would leave them. */
function carryOut(command: string, objects: RbacObjects): RbacObjects {
  const { clusterRoles, clusterRoleBindings } = objects;
  const words = command.split(' ').map((word) => word.replaceAll("'", ''));
  const [, verb, what, name = '', target] = words;
  const option = (key: string) =>
    words.find((word) => word.startsWith(`--${key}=`))?.slice(key.length + 3) ?? '';
  const added = user(option('user'));
  switch (`${verb} ${what}`) {
    case 'create clusterrole': {
      const made = role(name, [rule(option('resource'), option('verb'))]);
      return { ...objects, clusterRoles: [...clusterRoles, made] };
    }
    case 'create clusterrolebinding': {
      const made = binding(name, option('clusterrole'), [added]);
      return { ...objects, clusterRoleBindings: [...clusterRoleBindings, made] };
    }
    case 'set subject':
      return {
        ...objects,
        clusterRoleBindings: clusterRoleBindings.map((each) =>
          each.metadata?.name === target
            ? { ...each, subjects: [...(each.subjects ?? []), added] }
            : each,
        ),
      };
    case 'patch clusterrole': {
      const [{ value }] = JSON.parse(option('patch')) as [{ value: PolicyRule }];
      return {
        ...objects,
        clusterRoles: clusterRoles.map((each) =>
          each.metadata?.name === name ? { ...each, rules: [...(each.rules ?? []), value] } : each,
        ),
      };
    }
    default:
      throw new Error(command);
  }
}

suite('near misses', (test) => {
  for (const [title, { denied, ...objects }, ...expected] of table)
    test(`names ${title}`, () =>
      assert.equal(nearMisses({ ...jane, ...denied }, { ...nothing, ...objects }), expected));

  test('lists the most likely cause first, at most ten, whatever the order of the objects', () => {
    const merged = telling.map(([, part]) => part);
    const roles = merged.flatMap(({ clusterRoles = [] }) => clusterRoles);
    const objects = {
      clusterRoles: [logs, ...roles],
      clusterRoleBindings: [
        ...merged.flatMap(({ clusterRoleBindings = [] }) => clusterRoleBindings),
        ...['w', 'v', 'u', 's', 'r'].map((name) => binding(`of-${name}`, name, [user('jane')])),
      ],
      roleBindings: merged.flatMap(({ roleBindings = [] }) => roleBindings),
    };
    const reversed = {
      clusterRoles: [...objects.clusterRoles].reverse(),
      clusterRoleBindings: [...objects.clusterRoleBindings].reverse(),
      roleBindings: objects.roleBindings,
    };
    const found = nearMisses(jane, objects);
    assert.equal(
      found.map(({ object }) => object),
      [
        ...'ClusterRoleBinding z|ClusterRoleBinding y|RoleBinding x/x'.split('|'),
        ...'ClusterRole w|ClusterRole v|ClusterRole u|ClusterRoleBinding t'.split('|'),
        ...'ClusterRole s|ClusterRole r'.split('|'),
        'ClusterRole system:kubelet-api-admin',
      ],
    );
    assert.equal(nearMisses(jane, reversed), found);
    const many = {
      ...objects,
      clusterRoleBindings: Array.from({ length: 12 }, (_, index) =>
        binding(`many-${index}`, 'logs', [user('Jane')]),
      ),
    };
    assert.is(nearMisses(jane, many).length, 10);
  });

  test('lists objects of one cause by their names, whatever is wrong with each', () => {
    const objects = {
      ...nothing,
      clusterRoles: ['one', 'two'].map((name) => role(name, [rule('nodes/log')])),
      clusterRoleBindings: [
        binding('b', 'one', [user('Jane')]),
        binding('a', 'two', [user('Jane')]),
      ],
    };
    assert.equal(
      nearMisses(jane, objects).map(({ object }) => object),
      ['ClusterRoleBinding a', 'ClusterRoleBinding b'],
    );
  });

  test('lists nothing where RBAC grants the permission', () => {
    let allowed = 0;
    fc.assert(
      fc.property(anyRefused, anyObjects, (refused, objects) => {
        if (!isAllowed(refused, objects)) return true;
        allowed += 1;
        return nearMisses(refused, objects).length === 0;
      }),
      runs(3000),
    );
    assert.ok(allowed > 100, `${allowed} were allowed`);
  });

  test('lists objects that grant nothing, with commands that grant the permission on at least one node', () => {
    const carriedOut = new Set<string>();
    fc.assert(
      fc.property(anyRefused, anyObjects, (refused, objects) => {
        for (const { command } of nearMisses(refused, objects)) {
          if (command === undefined || command.startsWith('kubectl kubeletaccess')) continue;
          carriedOut.add(command.split(' ', 3).join(' '));
          const { nodes } = refused;
          const mended = carryOut(command, objects);
          const helped = (nodes.length > 0 ? nodes.map((node) => [node]) : [[]]).some(
            (some) =>
              !isAllowed({ ...refused, nodes: some }, objects) &&
              isAllowed({ ...refused, nodes: some }, mended),
          );
          assert.ok(helped, command);
        }
      }),
      runs(5000),
    );
    assert.equal([...carriedOut].sort(), [
      'kubectl create clusterrole',
      'kubectl create clusterrolebinding',
      'kubectl patch clusterrole',
      'kubectl set subject',
    ]);
  });
});
