import * as assert from 'uvu/assert';
import type {
  ClusterRole,
  ClusterRoleBinding,
  PolicyRule,
  RbacSubject,
} from '../../src/objects.ts';
import { type NearMiss, nearMisses } from '../../src/rbac/near-miss.ts';
import type { DeniedPermission } from '../../src/rbac/near-miss-command.ts';
import type { RbacObjects } from '../../src/rbac/rbac-objects.ts';
import { fc } from '../kit/fast-check.ts';
import { runs } from '../kit/random.ts';
import { account, binding, group, knownRole, role, roleBinding, rule, user } from '../kit/rbac.ts';
import { suite } from '../kit/suite.ts';
import { Authorizer } from '../sandbox/authorizer.ts';
import { Store } from '../sandbox/store.ts';

const bindIn = (namespace: string, roleName: string, subject = user('jane')) =>
  roleBinding(namespace, 'rb', { kind: 'ClusterRole', name: roleName }, [subject]);

const jane: DeniedPermission = {
  user: 'jane',
  verb: 'get',
  subresources: ['log'],
  nodes: ['node-1'],
};
const prometheus = { user: 'system:serviceaccount:monitoring:prometheus' };
const nothing: RbacObjects = { clusterRoles: [], clusterRoleBindings: [], roleBindings: [] };
const logs = role('logs', [rule('nodes/log')]);
const helm = { annotations: { 'meta.helm.sh/release-name': 'x' } };

/** ClusterRole logs has the permission, and is bound to these subjects. */
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
/** A namespaced binding of ClusterRole r with these rules. */
const inNamespace = (...rules: PolicyRule[]): RbacObjects => ({
  ...nothing,
  clusterRoles: [role('r', rules)],
  roleBindings: [bindIn('dev', 'r')],
});

const withCommand = (command: string) => (command === '' ? {} : { command });
const addRule = (change: Partial<PolicyRule> = {}) => {
  const value = { apiGroups: [''], resources: ['nodes/log'], verbs: ['get'], ...change };
  const patch = JSON.stringify([{ op: 'add', path: '/rules/-', value }]);
  return `kubectl patch clusterrole r --type=json '--patch=${patch}'`;
};
const setJane = 'kubectl set subject clusterrolebinding b --user=jane';
const notHers = (found: string, why: string, command = setJane): NearMiss => ({
  object: 'ClusterRoleBinding b',
  why: `It grants ClusterRole logs to ${found}, not to user "jane": ${why}.`,
  ...withCommand(command),
});
const saysGroup = notHers('group "jane"', 'the binding says Group');
const notItsAccount = (found: string, why: string): NearMiss => ({
  object: 'ClusterRoleBinding b',
  why: `It grants ClusterRole logs to ${found}, not to service account "prometheus" of namespace monitoring: ${why}.`,
  command: 'kubectl set subject clusterrolebinding b --serviceaccount=monitoring:prometheus',
});
const namespaced = (namespace: string, grant: string, command: string): NearMiss => ({
  object: `RoleBinding ${namespace}/rb`,
  why: `It grants ClusterRole ${grant} only in namespace ${namespace}, but nodes are not namespaced; use a ClusterRoleBinding.`,
  ...withCommand(command),
});
const createBinding = (name: string, subject: string) =>
  `kubectl create clusterrolebinding ${name}:rb --clusterrole=r ${subject}`;
const mismatch = (but: string, command = addRule()): NearMiss => ({
  object: 'ClusterRole r',
  why: `User "jane" has it through ClusterRoleBinding b, but ${but}.`,
  ...withCommand(command),
});
const whole = (command = addRule()) =>
  mismatch('it allows get on nodes, which includes no subresource; use nodes/log', command);

/** Objects, and the fields of the denied permission that are not jane's. */
type Asked = Partial<RbacObjects> & { readonly denied?: Partial<DeniedPermission> };
const by = (denied: Partial<DeniedPermission>, objects: Asked): Asked => ({ ...objects, denied });

const none: readonly (readonly [title: string, asked: Asked])[] = [
  ['an empty cluster', {}],
  ['a binding with the permission', given(user('jane'), group('jane'))],
  ['a group of the user', given(group('system:authenticated'), group('jane'))],
  [
    'a group of the service account',
    by(prometheus, given(group('system:serviceaccounts:monitoring'), user('prometheus'))),
  ],
  ['a service account by its user name', by(prometheus, given(user(prometheus.user)))],
  ['a binding for other users', given(user('joe'), group('ops'), account('joe', 'default'))],
  ['a rule for another subresource', { ...holding(rule('nodes/stats')) }],
  ['a rule for other resources', holding(rule('pods/log'))],
  ['a rule for nodes with another verb', holding(rule('nodes', 'list'))],
  ['a rule for nodes and another subresource', holding(rule('nodes,nodes/stats'))],
  ['a rule for nodes in another apiGroup', holding(rule('nodes', '*', { apiGroups: ['apps'] }))],
  ['all resources of another apiGroup', holding(rule('*', '*', { apiGroups: ['apps'] }))],
  ['another apiGroup and verb', holding(rule('nodes/log', 'list', { apiGroups: ['v1'] }))],
  ['a rule for URLs', holding({ nonResourceURLs: ['/logs/*'], verbs: ['get'] })],
  ['another user of a RoleBinding', by({ user: 'joe' }, inNamespace(rule('nodes/log')))],
  ['a RoleBinding of a role without the permission', inNamespace(rule('nodes'))],
  ['a binding to a missing role', { clusterRoleBindings: holding().clusterRoleBindings }],
];

type Case = readonly [title: string, asked: Asked, ...expected: NearMiss[]];

const cases: readonly Case[] = [
  ['a group with the name of the user', given(group('jane')), saysGroup],
  [
    'a user with the name of a group',
    given(user('system:authenticated')),
    notHers(
      'user "system:authenticated"',
      '"system:authenticated" is one of its groups, but the binding says User',
    ),
  ],
  [
    'a service account with the name of the user',
    given(account('jane', 'default')),
    notHers('service account "jane" of namespace default', 'the binding says ServiceAccount'),
  ],
  ...['prometheus', 'monitoring:prometheus', 'serviceaccount:monitoring:prometheus'].map(
    (name): Case => [
      `a service account as user ${name}`,
      by(prometheus, given(user(name))),
      notItsAccount(
        `user "${name}"`,
        `the binding says User, and its user name is "${prometheus.user}"`,
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
    'a RoleBinding of a ClusterRole',
    inNamespace(rule('nodes/log')),
    namespaced('dev', 'r to user "jane"', createBinding('dev', '--user=jane')),
  ],
  [
    'a RoleBinding to a service account of its own namespace alone',
    by(prometheus, {
      ...inNamespace(rule('nodes/log')),
      roleBindings: ['monitoring', 'dev'].map((name) => bindIn(name, 'r', account('prometheus'))),
    }),
    namespaced(
      'monitoring',
      'r to service account "prometheus" without a namespace',
      createBinding('monitoring', '--serviceaccount=monitoring:prometheus'),
    ),
  ],
  ...(
    [
      [['metrics.k8s.io'], 'has apiGroups "metrics.k8s.io"'],
      [['v1', 'core'], 'has apiGroups "v1", "core"'],
      [[], 'has no apiGroups'],
    ] as const
  ).map(
    ([apiGroups, found]): Case => [
      `a rule of another apiGroup: it ${found}`,
      holding(rule('nodes/log', 'get', { apiGroups: [...apiGroups] })),
      mismatch(`its rule for nodes/log ${found}; nodes are in the core group ""`),
    ],
  ),
  ['nodes without the subresource', holding(rule('nodes', 'get,list')), whole()],
  [
    'nodes for a request of verb *, on either of two subresources',
    by({ verb: '', subresources: ['healthz', 'proxy'] }, holding(rule('nodes', '*'))),
    mismatch(
      'it allows * on nodes, which includes no subresource; use nodes/healthz or nodes/proxy',
      addRule({ resources: ['nodes/healthz'], verbs: ['*'] }),
    ),
  ],
  [
    'a role once, by the first of its bindings',
    {
      ...holding(rule('nodes')),
      clusterRoleBindings: [binding('c', 'r', [user('jane')]), binding('b', 'r', [user('jane')])],
    },
    whole(),
  ],
];

/** Remedies that would take something away, give access to others, or give more than the permission. */
const remedies: readonly Case[] = [
  ...(
    [
      ['grant', 'log', { command: 'kubectl kubeletaccess grant --subject user:jane' }],
      ['no grant of a profile without the permission', 'checkpoint', {}],
    ] as const
  ).map(
    ([title, subresource, remedy]): Case => [
      `${title} for the role of kube-apiserver`,
      by(
        { subresources: [subresource] },
        {
          clusterRoles: [role(knownRole, [rule('nodes')])],
          clusterRoleBindings: [binding('b', knownRole, [user('jane')])],
        },
      ),
      {
        object: `ClusterRole ${knownRole}`,
        why: whole().why.replace('nodes/log', `nodes/${subresource}`),
        ...remedy,
      },
    ],
  ),
  [
    'profile builtin for the role of the cluster',
    {
      clusterRoles: [role('system:kubelet-api-admin', [rule('nodes/log', '*')])],
      clusterRoleBindings: [binding('b', 'system:kubelet-api-admin', [group('jane')])],
    },
    {
      object: 'ClusterRoleBinding b',
      why: saysGroup.why.replace('logs', 'system:kubelet-api-admin'),
      command: 'kubectl kubeletaccess grant --profile builtin --subject user:jane',
    },
  ],
  [
    'no command for the anonymous user',
    by({ user: 'system:anonymous' }, given(group('system:anonymous'))),
    { object: 'ClusterRoleBinding b', why: saysGroup.why.replaceAll('jane', 'system:anonymous') },
  ],
  [
    'no command for a binding managed by Helm',
    { ...given(), clusterRoleBindings: [binding('b', 'logs', [group('jane')], helm)] },
    notHers('group "jane"', 'the binding says Group', ''),
  ],
  ...(
    [
      ['other resources', rule('nodes/log,pods')],
      ['another apiGroup', rule('nodes/log', 'get', { apiGroups: ['', 'apps'] })],
      ['URLs', { nonResourceURLs: ['*'], verbs: ['*'] }],
      ['the deletion of nodes', rule('nodes', 'get,delete')],
      ['writes to the status of nodes', rule('nodes/status', 'get,patch')],
    ] satisfies readonly [string, PolicyRule][]
  ).flatMap(([name, more]): readonly Case[] => [
    [
      `no subject added to a role for ${name}`,
      { ...given(group('jane')), clusterRoles: [role('logs', [rule('nodes/log'), more])] },
      notHers('group "jane"', 'the binding says Group', ''),
    ],
    [
      `no ClusterRoleBinding of a role for ${name}`,
      inNamespace(rule('nodes/log'), more),
      namespaced('dev', 'r to user "jane"', ''),
    ],
  ]),
  [
    'a subject added to a role for reading nodes',
    {
      ...given(group('jane')),
      clusterRoles: [role('logs', [rule('nodes/log'), rule('nodes,nodes/status', 'get,list')])],
    },
    saysGroup,
  ],
  ...[user('joe'), group('devs')].map(
    (other): Case => [
      `no rule added to a role of ${other.kind} ${other.name} as well`,
      {
        ...holding(rule('nodes')),
        clusterRoleBindings: [binding('b', 'r', [user('jane')]), binding('c', 'r', [other])],
      },
      whole(''),
    ],
  ),
  [
    'no rule added to a role of a group of the user',
    {
      ...holding(rule('nodes')),
      clusterRoleBindings: [binding('b', 'r', [group('system:authenticated')])],
    },
    {
      object: 'ClusterRole r',
      why: whole().why.replace('User "jane"', 'Group "system:authenticated"'),
    },
  ],
  ...(
    [
      ['aggregated into another', { 'rbac.authorization.k8s.io/aggregate-to-view': 'true' }],
      ['restored by the API server', { 'kubernetes.io/bootstrapping': 'rbac-defaults' }],
    ] as const
  ).map(
    ([reason, labels]): Case => [
      `no rule added to a role ${reason}`,
      { ...holding(), clusterRoles: [role('r', [rule('nodes')], { labels })] },
      whole(''),
    ],
  ),
  [
    'no rule added to a role managed by Helm',
    { ...holding(), clusterRoles: [role('r', [rule('nodes')], helm)] },
    whole(''),
  ],
  [
    'no rule added to a role with an aggregationRule',
    {
      ...holding(),
      clusterRoles: [
        { ...role('r', [rule('nodes')]), aggregationRule: { clusterRoleSelectors: [] } },
      ],
    },
    whole(''),
  ],
  [
    'a rule for the denied nodes in a role limited to nodes',
    by({ nodes: ['n', 'm'] }, holding(rule('nodes', 'get', { resourceNames: ['n', 'm'] }))),
    whole(addRule({ resourceNames: ['n', 'm'] })),
  ],
  [
    'no rule with a long list of nodes',
    by(
      { nodes: Array.from({ length: 11 }, (_, index) => `n-${index}`) },
      holding(rule('nodes', 'get', { resourceNames: ['n-1'] })),
    ),
    whole(''),
  ],
];

const someOf = <T>(...values: readonly T[]) =>
  fc.array(fc.constantFrom(...values), { minLength: 1, maxLength: 3 });
const anyRules = fc.array(
  fc
    .tuple(
      someOf('nodes/log', 'nodes/proxy', 'nodes', '*/log', '*'),
      someOf('get', 'list', '*'),
      fc.constantFrom<string[][]>([''], [''], ['v1'], ['', '*']),
      fc.option(someOf('node-1', 'node-2'), { nil: [] }),
    )
    .map(([resources, verbs, apiGroups, resourceNames]) =>
      rule(resources.join(), verbs.join(), { apiGroups, resourceNames }),
    ),
  { minLength: 1, maxLength: 2 },
);
const anySubjects = fc.uniqueArray(
  fc.constantFrom(user('jane'), group('jane'), account('jane', 'default'), user('joe')),
  { minLength: 1, maxLength: 2 },
);
const anyObjects: fc.Arbitrary<RbacObjects> = fc.record({
  clusterRoles: fc.tuple(anyRules, anyRules).map(([r, s]) => [role('r', r), role('s', s)]),
  clusterRoleBindings: fc
    .array(fc.tuple(fc.constantFrom('r', 's'), anySubjects), { minLength: 1, maxLength: 4 })
    .map((all) => all.map(([name, subjects], index) => binding(`b${index}`, name, subjects))),
  roleBindings: fc.constant([bindIn('dev', 'r')]),
});
const anyDenied: fc.Arbitrary<DeniedPermission> = fc.record({
  user: fc.constant('jane'),
  verb: fc.constantFrom('get', 'create', ''),
  subresources: fc.constantFrom(['log'], ['pods', 'proxy']),
  nodes: fc.constantFrom([], ['node-1'], ['node-1', 'node-2']),
});

/** The nodes on which RBAC gives a user the permission, by an authorizer that was written apart from the program. */
function allowedOn(
  { verb, subresources, nodes }: DeniedPermission,
  { clusterRoles, clusterRoleBindings }: RbacObjects,
  name: string,
): readonly string[] {
  const store = new Store();
  for (const each of clusterRoles) store.put('clusterroles', stored('ClusterRole', each));
  for (const each of clusterRoleBindings)
    store.put('clusterrolebindings', stored('ClusterRoleBinding', each));
  const authorizer = new Authorizer(store);
  const who = { user: name, groups: ['system:authenticated'] };
  return (nodes.length > 0 ? nodes : ['']).filter((node) =>
    subresources.some((subresource) => {
      const asked = { verb, apiGroup: '', resource: `nodes/${subresource}`, name: node };
      return authorizer.authorize(who, asked).allowed;
    }),
  );
}

function stored(kind: string, { metadata: { name }, ...object }: ClusterRole | ClusterRoleBinding) {
  return { ...object, apiVersion: 'v1', kind, metadata: { name } };
}

/** The objects as kubectl would leave them. */
function carryOut(command: string, objects: RbacObjects): RbacObjects {
  const words = command.replaceAll("'", '').split(' ');
  const [, verb, , name = '', target] = words;
  const option = (key: string) =>
    words.find((word) => word.startsWith(`--${key}=`))?.slice(key.length + 3) ?? '';
  const { clusterRoles, clusterRoleBindings } = structuredClone(objects);
  const made = binding(name, option('clusterrole'), [user(option('user'))]);
  if (verb === 'patch') {
    const [{ value }] = JSON.parse(option('patch')) as [{ value: PolicyRule }];
    clusterRoles.find((each) => each.metadata.name === name)?.rules?.push(value);
  } else if (verb === 'set') {
    const extended = clusterRoleBindings.find((each) => each.metadata.name === target);
    extended?.subjects?.push(...(made.subjects ?? []));
  }
  const added = verb === 'create' ? [made] : [];
  return { ...objects, clusterRoles, clusterRoleBindings: [...clusterRoleBindings, ...added] };
}

suite('near misses', (test) => {
  for (const [title, { denied, ...objects }] of none)
    test(`nearMisses finds nothing in ${title}`, () =>
      assert.equal(nearMisses({ ...jane, ...denied }, { ...nothing, ...objects }), []));

  for (const [title, { denied, ...objects }, ...expected] of cases)
    test(`nearMisses names ${title}`, () =>
      assert.equal(nearMisses({ ...jane, ...denied }, { ...nothing, ...objects }), expected));

  for (const [title, { denied, ...objects }, ...expected] of remedies)
    test(`nearMisses offers ${title}`, () =>
      assert.equal(nearMisses({ ...jane, ...denied }, { ...nothing, ...objects }), expected));

  test('nearMisses lists at most ten objects, the most likely cause and the first name first', () => {
    const objects: RbacObjects = {
      clusterRoles: [
        logs,
        role('r', [rule('nodes')]),
        role('s', [rule('nodes/log', 'get', { apiGroups: ['v1'] })]),
      ],
      clusterRoleBindings: [
        ...['z', 'y'].map((name) => binding(name, 'logs', [group('jane')])),
        ...['s', 'r'].map((name) => binding(name, name, [user('jane')])),
      ],
      roleBindings: [bindIn('x', 'logs')],
    };
    const found = nearMisses(jane, objects);
    assert.equal(
      found.map(({ object }) => object),
      [
        'ClusterRoleBinding y',
        'ClusterRoleBinding z',
        'RoleBinding x/rb',
        'ClusterRole s',
        'ClusterRole r',
      ],
    );
    const clusterRoleBindings = [...objects.clusterRoleBindings].reverse();
    assert.equal(nearMisses(jane, { ...objects, clusterRoleBindings }), found);
    const many = Array.from({ length: 12 }, (_, index) => bindIn(`n-${index}`, 'logs'));
    assert.is(nearMisses(jane, { ...objects, roleBindings: many }).length, 10);
  });

  test('the command of a near miss grants the permission to the user, and nothing to another one', () => {
    const carriedOut = new Set<string>();
    fc.assert(
      fc.property(anyDenied, anyObjects, (denied, objects) => {
        const before = allowedOn(denied, objects, 'jane');
        const found = nearMisses(denied, objects);
        if (before.length >= Math.max(denied.nodes.length, 1)) assert.equal(found, []);
        for (const { command } of found) {
          if (command === undefined) continue;
          carriedOut.add(command.split(' ', 3).join(' '));
          const mended = carryOut(command, objects);
          assert.ok(allowedOn(denied, mended, 'jane').length > before.length, command);
          assert.equal(allowedOn(denied, mended, 'joe'), allowedOn(denied, objects, 'joe'));
        }
      }),
      runs(5000),
    );
    assert.equal([...carriedOut].sort(), [
      'kubectl create clusterrolebinding',
      'kubectl patch clusterrole',
      'kubectl set subject',
    ]);
  });
});
