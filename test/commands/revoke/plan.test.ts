import * as assert from 'uvu/assert';
import { planRevoke } from '../../../src/commands/revoke/plan.ts';
import type { GrantSelection } from '../../../src/commands/revoke/select-grants.ts';
import type { RevokeOptions } from '../../../src/commands/revoke/subject-outcome.ts';
import { nodesOf } from '../../../src/commands/shared/pair/recorded-grants.ts';
import { formatDetail } from '../../../src/errors.ts';
import type { ClusterRole, ClusterRoleBinding, RoleBinding } from '../../../src/objects.ts';
import type { Change } from '../../../src/rbac/change.ts';
import {
  type FoundPair,
  knownNames,
  type Pair,
  pairNames,
  pairOf,
} from '../../../src/rbac/pair.ts';
import { type ProfileName, profileOf } from '../../../src/rbac/profiles.ts';
import {
  apiserverPair,
  binding as bindingOf,
  recorded,
  roleBinding,
  role as roleOf,
  rule,
  user,
} from '../../kit/rbac.ts';
import { suite } from '../../kit/suite.ts';

const unselected: GrantSelection = {
  profile: undefined,
  allProfiles: false,
  subject: undefined,
  expired: false,
  nodes: [],
  names: { role: '', binding: '' },
};
const unasked: RevokeOptions = {
  client: undefined,
  force: false,
  now: Date.parse('2026-06-01T00:00:00Z'),
};
const kubernetes = user('Kubernetes');
const known = apiserverPair(kubernetes);
const bare = { ...known.binding, metadata: { name: knownNames.binding } };

function granted(name: ProfileName, who: string, nodes: readonly string[] = []): Pair {
  const profile = profileOf(name, nodes);
  return pairOf(profile, user(who), pairNames(profile, user(who), nodes, false));
}

function plan(
  pairs: readonly FoundPair[],
  chosen: Partial<GrantSelection & RevokeOptions> = {},
  roleBindings: readonly RoleBinding[] = [],
) {
  const roles = new Map(pairs.flatMap(({ role }) => (role ? [[role.metadata?.name, role]] : [])));
  const found = {
    clusterRoles: [...roles.values()],
    clusterRoleBindings: pairs.flatMap(({ binding }) => binding ?? []),
    roleBindings,
  };
  return planRevoke(found, { ...unselected, ...chosen }, { ...unasked, ...chosen });
}
const summary = (changes: readonly Change[]) =>
  changes.map(({ kind, action, differences }) => [kind, action, ...differences]);
const deleted = (...args: Parameters<typeof plan>) =>
  plan(...args).changes.flatMap(({ action, name }) => (action === 'delete' ? name : []));
const subjectsOf = (change: Change | undefined) =>
  (change?.object as ClusterRoleBinding | undefined)?.subjects;
const kept = (reason: string) => [
  'ClusterRole',
  'none',
  `ClusterRole system:kube-apiserver-to-kubelet kept: ${reason}`,
];

suite('plans of revoke', (test) => {
  test('delete the binding and then the role that the grant command created', () =>
    assert.equal(deleted([known]), [knownNames.binding, knownNames.role]));

  test('keep a role if another ClusterRoleBinding or a RoleBinding refers to it', () => {
    const other = roleBinding('ns', 'x', { name: knownNames.role }, []);
    const { changes } = plan([known], {}, [other]);
    assert.equal(summary(changes)[1], kept('it is referenced by RoleBinding ns/x'));
    // A Role with the same name is another object.
    const ofRole = roleBinding('ns', 'x', { kind: 'Role', name: knownNames.role }, []);
    assert.equal(deleted([known], {}, [ofRole]), [knownNames.binding, knownNames.role]);
  });

  test('keep a role with added rules', () => {
    const rules = [...(known.role?.rules ?? []), rule('pods')];
    const { changes } = plan([
      { ...known, role: { metadata: { name: knownNames.role }, ...known.role, rules } },
    ]);
    assert.equal(summary(changes)[1], kept('rules were added to it'));
  });

  test('keep a role that the grant command did not create, and subjects that it did not add', () => {
    const role = { ...known.role, metadata: { name: knownNames.role } };
    const binding = { ...known.binding, subjects: [user('other'), kubernetes] };
    const [unbind, removal] = plan([{ role, binding }]).changes;
    assert.is(unbind?.action, 'update');
    assert.equal(subjectsOf(unbind), [user('other')]);
    assert.is(removal?.action, 'none');
  });

  test('do not change a binding without our label and annotations', () => {
    const [failure] = plan([{ binding: bare }]).failures;
    assert.match(failure?.message ?? '', /was not created by kubectl-kubeletaccess/);
  });

  for (const chosen of [
    {},
    { allProfiles: true },
    { expired: true },
    { profile: 'apiserver' },
    { profile: 'stats' },
  ] as const)
    for (const text of [
      '{"a":',
      '[1]',
      '{"version":1,"profiles":"stats"}',
      '{"version":1,"subjects":["user:Kubernetes"]}',
      '{"version":1,"subjects":{"user:":{}}}',
      '{"version":1,"subjects":{"serviceaccount:x":{}}}',
      '{"version":1,"subjects":{"user:Kubernetes":{"expires":1}}}',
      '"x"',
      '{"profiles":["apiserver"]}',
      '{"version":2,"profiles":["apiserver"]}',
      'null',
      '',
    ])
      test(`change nothing, and report the annotation, if its text is ${text}: ${JSON.stringify(chosen)}`, () => {
        const annotations = { ...known.binding.metadata?.annotations, 'kubeletaccess/grant': text };
        const metadata = { ...known.binding.metadata, annotations };
        const { changes, failures } = plan([{ binding: { ...known.binding, metadata } }], chosen);
        assert.equal(
          changes.filter(({ action }) => action !== 'none'),
          [],
        );
        assert.match(
          failures[0]?.message ?? '',
          `cannot parse annotation kubeletaccess/grant of ClusterRoleBinding system:kube-apiserver, and `,
        );
      });

  for (const [what, before] of [
    ['has expired', '2026-05-01T00:00:00Z'],
    ['has an expiry that cannot be parsed', 'next week'],
  ])
    test(`remove with --expired only the subjects whose access ${what}`, () => {
      const after = '2027-01-01T00:00:00Z';
      const { metadata } = known.binding;
      const annotations = {
        ...metadata?.annotations,
        ...recorded({ 'user:Kubernetes': { expires: before }, 'user:later': { expires: after } }),
      };
      const binding = {
        ...known.binding,
        metadata: { ...metadata, annotations },
        subjects: [kubernetes, user('later')],
      };
      const [change] = plan([{ ...known, binding }], { expired: true }).changes;
      assert.equal(subjectsOf(change), [user('later')]);
      assert.is(
        change?.object?.metadata?.annotations?.['kubeletaccess/grant'],
        `{"version":1,"subjects":{"user:later":{"profiles":[],"expires":"${after}"}}}`,
      );
    });

  test('keep with --expired a binding without subjects if its recorded access has not expired', () => {
    const { role, binding } = granted('stats', 'jane');
    const annotations = recorded({ 'user:jane': { expires: '2027-01-01T00:00:00Z' } }, 'stats');
    const metadata = { ...binding.metadata, annotations };
    const pair = { role, binding: { ...binding, metadata, subjects: [] } };
    assert.equal(deleted([pair], { expired: true }), []);
    assert.equal(deleted([pair], { profile: 'stats' }), [
      'kubeletaccess:stats:user:jane',
      'kubeletaccess:stats',
    ]);
  });

  test('keep subjects of other profiles in the binding of the kubelet client', () => {
    const annotations = recorded(
      { 'user:Kubernetes': {}, 'user:jane': { profiles: ['logs'] } },
      'apiserver',
    );
    const metadata = { ...known.binding.metadata, annotations };
    const binding = { ...known.binding, metadata, subjects: [user('jane'), kubernetes] };
    const [change] = plan([{ ...known, binding }], { profile: 'apiserver' }).changes;
    assert.equal(subjectsOf(change), [user('jane')]);
  });

  test('remove --subject from a binding of the grant command, even if another client added the subject', () => {
    const binding = { ...known.binding, subjects: [user('other'), kubernetes] };
    const [change] = plan([{ ...known, binding }], { subject: user('other') }).changes;
    assert.equal(subjectsOf(change), [kubernetes]);
  });

  test('keep a subject in the binding of another client, unless the grant command added the subject or --force is given', () => {
    const theirs = bindingOf('ops-team', 'ops', [user('jane'), user('joe')], {
      annotations: recorded({ 'user:jane': {} }),
    });
    const names = { role: '', binding: 'ops-team' };
    const unbind = (who: string, force = false) =>
      plan(
        [{ role: roleOf('ops', [rule('nodes/proxy'), rule('pods', 'list')]), binding: theirs }],
        { ...{ names, force }, subject: user(who) },
      );
    const { changes, failures } = unbind('joe');
    assert.equal(changes, []);
    assert.equal(
      failures.map(({ message, details, hints }) => [
        message,
        ...details.map(formatDetail),
        ...hints,
      ]),
      [
        [
          'ClusterRoleBinding ops-team not changed: it was not created by kubectl-kubeletaccess, and grant did not add user:joe',
          'with it, user:joe loses all that ClusterRole ops allows: nodes/proxy get, pods list',
          'to remove it anyway: kubectl kubeletaccess revoke --subject user:joe --binding-name ops-team --force',
        ],
      ],
    );
    assert.equal(subjectsOf(unbind('joe', true).changes[0]), [user('jane')]);
    assert.equal(subjectsOf(unbind('jane').changes[0]), [user('joe')]);
  });

  test('keep a subject in a binding that a tool manages, and name the tool', () => {
    const annotations = { 'meta.helm.sh/release-name': 'prom' };
    const theirs = bindingOf('prometheus', 'prometheus', [user('joe')], { annotations });
    const names = { role: '', binding: 'prometheus' };
    const [failure] = plan([{ binding: theirs }], { names, subject: user('joe') }).failures;
    assert.is(
      failure?.message,
      'ClusterRoleBinding prometheus not changed: it is managed by Helm release prom, and grant did not add user:joe',
    );
    assert.equal(failure?.details.map(formatDetail), [
      'with it, user:joe loses all that ClusterRole prometheus allows',
    ]);
  });

  test('name the creator in the managedFields of a binding if no tool manages the binding', () => {
    const creationTimestamp = '2026-01-01T00:00:00Z';
    const by = (manager: string, time = creationTimestamp) => ({ manager, time });
    const later = '2026-02-01T00:00:00Z';
    const cases: readonly (readonly [managedFields: unknown, words: string])[] = [
      [[by('kubectl-create')], 'created by kubectl-create, not by'],
      [[by('kubectl-edit', later), by('ops-tool')], 'created by ops-tool, not by'],
      [[by('kubectl-edit', later)], 'created by kubectl-edit, not by'],
      [[by('a', later), by('b', later)], 'not created by'],
      [[by('a'), by('b')], 'not created by'],
      [[by('kubectl-kubeletaccess')], 'not created by'],
      ...[undefined, 'x', [null, { manager: 7 }]].map((each) => [each, 'not created by'] as const),
    ];
    for (const [managedFields, words] of cases) {
      const made = bindingOf('ops', 'ops', [user('joe')]);
      const theirs = { ...made, metadata: { ...made.metadata, creationTimestamp, managedFields } };
      const names = { role: '', binding: 'ops' };
      const [failure] = plan([{ binding: theirs }], { names, subject: user('joe') }).failures;
      assert.is(
        failure?.message,
        `ClusterRoleBinding ops not changed: it was ${words} kubectl-kubeletaccess, and grant did not add user:joe`,
      );
    }
  });

  test('delete a role and binding that were created by hand, but are equal to those of the grant command', () => {
    const role = { ...known.role, metadata: { name: knownNames.role } };
    const client = kubernetes;
    assert.equal(deleted([{ role, binding: bare }], { client }), [
      knownNames.binding,
      knownNames.role,
    ]);
    const annotations = { 'meta.helm.sh/release-name': 'x' };
    const helm = { ...bare, metadata: { ...bare.metadata, annotations } };
    const [failure] = plan([{ role, binding: helm }], { client }).failures;
    assert.match(failure?.message ?? '', /not changed: it is managed by Helm release x/);
    const ofHelm = { ...role, metadata: { ...role.metadata, annotations } };
    const [other] = plan([{ role: ofHelm, binding: bare }], { client }).failures;
    assert.match(other?.message ?? '', /not changed: it was not created by kubectl-kubeletaccess/);
  });

  test('delete a role and binding of profile apiserver-full that were created by hand', () => {
    const role = roleOf(knownNames.role, profileOf('apiserver-full').rules);
    assert.equal(deleted([{ role, binding: bare }], { client: kubernetes }), [
      knownNames.binding,
      knownNames.role,
    ]);
  });

  test('find a grant without a recorded profile by the names of its role and binding', () => {
    const { role, binding } = granted('stats', 'jane', ['node-1']);
    const unrecorded = <T extends ClusterRole | ClusterRoleBinding>(object: T): T => {
      const { 'kubeletaccess/grant': _, ...annotations } = object.metadata?.annotations ?? {};
      return { ...object, metadata: { ...object.metadata, annotations } };
    };
    const bare = unrecorded(binding);
    const metadata = { ...bare.metadata, annotations: recorded({ 'user:jane': {} }) };
    const pair = { role: role && unrecorded(role), binding: { ...bare, metadata } };
    const names = ['kubeletaccess:stats:node-1:user:jane', 'kubeletaccess:stats:node-1'];
    assert.equal(deleted([pair], { profile: 'stats' }), names);
    assert.equal(deleted([pair], { profile: 'logs' }), []);
  });

  test('find the nodes of a grant by the name of its role if the role is missing', () => {
    const pair = { role: undefined, binding: granted('stats', 'jane', ['b', 'a']).binding };
    assert.is(deleted([pair], { profile: 'stats', nodes: ['a', 'b'] }).length, 1);
    assert.is(deleted([pair], { profile: 'stats', nodes: ['a'] }).length, 0);
  });

  test('treat a role as limited to nodes only if each of its rules is limited to nodes', () => {
    const narrow = { verbs: ['get'], resourceNames: ['b', 'a'] };
    assert.equal(
      nodesOf({ metadata: { name: 'r' }, rules: [narrow, { ...narrow, resourceNames: ['a'] }] }),
      ['a', 'b'],
    );
    assert.equal(nodesOf({ metadata: { name: 'r' }, rules: [narrow, { verbs: ['get'] }] }), []);
  });

  test('delete a role if all its grants are selected, and otherwise keep it', () => {
    const pairs = ['jane', 'bob', 'carl'].map((who) => granted('stats', who));
    assert.is(deleted(pairs, { profile: 'stats' }).at(-1), 'kubeletaccess:stats');
    assert.equal(deleted(pairs, { profile: 'stats', subject: user('bob') }), [
      'kubeletaccess:stats:user:bob',
    ]);
  });

  test('list the first few of many subjects that are kept', () => {
    const { role, binding } = granted('stats', 'jane');
    const others = Array.from({ length: 100 }, (_, index) => user(`u${index}`));
    const shared = { ...binding, subjects: [...(binding.subjects ?? []), ...others] };
    const [change] = plan([{ role, binding: shared }], { profile: 'stats' }).changes;
    assert.is(change?.differences.length, 7);
    assert.is(change?.differences.at(-1), 'and 95 more subjects kept');
  });

  test('need --force to delete a built-in binding, and keep its built-in role', () => {
    const metadata = { labels: { 'kubernetes.io/bootstrapping': 'rbac-defaults' } };
    const pair = {
      role: roleOf('own', [{ apiGroups: ['*'], verbs: ['*'] }], metadata),
      binding: bindingOf('own', 'own', [user('root')], metadata),
    };
    const selection = { names: { role: 'own', binding: 'own' }, subject: user('root') };
    const { failures, changes } = plan([pair], selection);
    assert.equal([failures.length, changes.length], [1, 0]);
    assert.equal(deleted([pair], { ...selection, force: true }), ['own']);
  });
});
