import * as assert from 'uvu/assert';
import { nodesOf } from '../../../src/commands/pair/grant-records.ts';
import { planRevoke } from '../../../src/commands/revoke/plan.ts';
import type { RevokeOptions } from '../../../src/commands/revoke/plan-binding.ts';
import type { Selection } from '../../../src/commands/revoke/select-grants.ts';
import type { ClusterRole, ClusterRoleBinding } from '../../../src/objects.ts';
import { apiserverPair, knownNames, type Pair, pairNames, pairOf } from '../../../src/rbac/pair.ts';
import { type ProfileName, profileOf } from '../../../src/rbac/profiles.ts';
import { user } from '../../../src/rbac/subject.ts';
import { suite } from '../../kit/suite.ts';

const nothingChosen: Selection = {
  profile: undefined,
  allProfiles: false,
  subject: undefined,
  expired: false,
  nodes: [],
  names: { role: '', binding: '' },
};
const options: RevokeOptions = {
  client: undefined,
  allSubjects: false,
  force: false,
  now: Date.now(),
};

function granted(name: ProfileName, who: string, nodes: readonly string[] = []): Pair {
  const profile = profileOf(name, nodes);
  return pairOf(profile, user(who), pairNames(profile, user(who), nodes, false));
}

/** What happens to which object, of a cluster that has just these pairs. */
function plan(
  pairs: readonly Pick<Pair, 'role' | 'binding'>[],
  selection: Partial<Selection>,
  chosen: Partial<RevokeOptions> = {},
) {
  const roles = new Map(pairs.flatMap(({ role }) => (role ? [[role.metadata?.name, role]] : [])));
  return planRevoke(
    {
      clusterRoles: [...roles.values()] as ClusterRole[],
      clusterRoleBindings: pairs.map(({ binding }) => binding),
      roleBindings: [],
    },
    { ...nothingChosen, ...selection },
    { ...options, ...chosen },
  );
}
const deleted = (...args: Parameters<typeof plan>) =>
  plan(...args).changes.flatMap(({ action, name }) => (action === 'delete' ? name : []));

suite('plans of revoke', (test) => {
  test('a grant whose profile is not on record is known by the names that grant gives', () => {
    const { role, binding } = granted('stats', 'jane', ['node-1']);
    const unmarked = <T extends ClusterRole | ClusterRoleBinding>(object: T): T => {
      const { 'kubeletaccess/profile': _, ...annotations } = object.metadata?.annotations ?? {};
      return { ...object, metadata: { ...object.metadata, annotations } };
    };
    const pair = { role: role && unmarked(role), binding: unmarked(binding) };
    const names = ['kubeletaccess:stats:node-1:user:jane', 'kubeletaccess:stats:node-1'];
    assert.equal(deleted([pair], { profile: 'stats' }), names);
    assert.equal(deleted([pair], { profile: 'logs' }), []);
  });

  test('the nodes of a grant whose role is gone are known by its name', () => {
    const pair = { role: undefined, binding: granted('stats', 'jane', ['b', 'a']).binding };
    assert.is(deleted([pair], { profile: 'stats', nodes: ['a', 'b'] }).length, 1);
    assert.is(deleted([pair], { profile: 'stats', nodes: ['a'] }).length, 0);
  });

  test('a role is for nodes only if each of its rules is', () => {
    const narrow = { verbs: ['get'], resourceNames: ['b', 'a'] };
    assert.equal(nodesOf({ rules: [narrow, { ...narrow, resourceNames: ['a'] }] }), ['a', 'b']);
    assert.equal(nodesOf({ rules: [narrow, { verbs: ['get'] }] }), []);
  });

  test('a role goes with the last of several grants, and stays with one that is not chosen', () => {
    const pairs = ['jane', 'bob', 'carl'].map((who) => granted('stats', who));
    assert.is(deleted(pairs, { profile: 'stats' }).at(-1), 'kubeletaccess:stats');
    assert.equal(deleted(pairs, { profile: 'stats', subject: user('bob') }), [
      'kubeletaccess:stats:user:bob',
    ]);
  });

  test('a pair of apiserver-full that was made by hand counts as ours as well', () => {
    const binding = {
      ...apiserverPair(user('Kubernetes')).binding,
      metadata: { name: knownNames.binding },
    };
    const rules = [...profileOf('apiserver-full').rules];
    const role = { metadata: { name: knownNames.role }, rules };
    assert.equal(deleted([{ role, binding }], {}, { client: user('Kubernetes') }), [
      knownNames.binding,
      knownNames.role,
    ]);
  });

  test('of many subjects that stay, the first few are named', () => {
    const { role, binding } = granted('stats', 'jane');
    const others = Array.from({ length: 100 }, (_, index) => user(`u${index}`));
    const shared = { ...binding, subjects: [...(binding.subjects ?? []), ...others] };
    const [change] = plan([{ role, binding: shared }], { profile: 'stats' }).changes;
    assert.is(change?.differences.length, 7);
    assert.is(change?.differences.at(-1), 'and 95 more subjects kept');
  });

  test('of what kube-apiserver makes, the binding alone goes, and by --force alone', () => {
    const labels = { 'kubernetes.io/bootstrapping': 'rbac-defaults' };
    const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'own' };
    const pair = {
      role: { metadata: { name: 'own', labels }, rules: [{ apiGroups: ['*'], verbs: ['*'] }] },
      binding: { metadata: { name: 'own', labels }, roleRef, subjects: [user('root')] },
    };
    const names = { role: 'own', binding: 'own' };
    const { refusals, changes } = plan([pair], { names, subject: user('root') });
    assert.equal([refusals.length, changes.length], [1, 0]);
    const forced = deleted([pair], { names, subject: user('root') }, { force: true });
    assert.equal(forced, ['own']);
  });
});
