import * as assert from 'uvu/assert';
import type { GrantOptions } from '../../../src/commands/grant/options.ts';
import { planGrant } from '../../../src/commands/grant/plan.ts';
import { planRevoke } from '../../../src/commands/revoke/plan.ts';
import type { RevokeOptions } from '../../../src/commands/revoke/plan-binding.ts';
import type { Selection } from '../../../src/commands/revoke/select-grants.ts';
import type { ClusterRole } from '../../../src/objects.ts';
import type { Change, FoundWithBindings } from '../../../src/rbac/change.ts';
import {
  apiserverPair,
  type FoundPair,
  knownNames as names,
  type Pair,
  pairNames,
  pairOf,
} from '../../../src/rbac/pair.ts';
import { profileOf } from '../../../src/rbac/profiles.ts';
import { user } from '../../../src/rbac/subject.ts';
import { suite } from '../../kit/suite.ts';

const pair = apiserverPair(user('Kubernetes'));
if (!pair.role) throw new Error('the known pair has a role');
const wanted = { ...pair, role: pair.role };
const plain: GrantOptions = {
  prune: false,
  acceptWider: false,
  recreate: false,
  allSubjects: false,
  force: false,
  expires: undefined,
  permanent: false,
  now: Date.parse('2026-04-01T00:00:00Z'),
};
const plainly: RevokeOptions & Selection = {
  profile: undefined,
  allProfiles: false,
  subject: undefined,
  expired: false,
  nodes: [],
  names: { role: '', binding: '' },
  client: undefined,
  allSubjects: false,
  now: Date.parse('2026-06-01T00:00:00Z'),
  force: false,
};
const short = (changes: readonly Change[]) =>
  changes.map(({ kind, action, differences }) => [kind, action, ...differences]);
const grant = (
  found: FoundPair,
  bindings: FoundWithBindings['bindings'] = [],
  options: Partial<GrantOptions> = {},
) => planGrant(wanted, { ...found, bindings }, { ...plain, ...options });
const unplan = (
  found: FoundPair,
  bindings: FoundWithBindings['bindings'] = found.binding ? [found.binding] : [],
  chosen: Partial<RevokeOptions & Selection> = {},
) => {
  const isCluster = ({ metadata }: (typeof bindings)[number]) => metadata?.namespace === undefined;
  const listed = {
    clusterRoles: found.role ? [found.role] : [],
    clusterRoleBindings: [
      ...new Set([...(found.binding ? [found.binding] : []), ...bindings.filter(isCluster)]),
    ],
    roleBindings: bindings.filter((binding) => !isCluster(binding)),
  };
  const options = { ...plainly, ...chosen };
  const { changes, refusals } = planRevoke(listed, options, options);
  const [refusal] = refusals;
  if (refusal) throw refusal;
  return changes;
};
const revoke = (...args: Parameters<typeof unplan>) => short(unplan(...args));

suite('plans', (test) => {
  test('a pair that is there is unchanged, also with extra rules, subjects and another spelling', () => {
    const role = { ...wanted.role, rules: [{ apiGroups: ['*'], resources: ['*'], verbs: ['*'] }] };
    const binding = { ...wanted.binding, subjects: [user('other'), user('Kubernetes')] };
    assert.equal(short(grant({ role, binding })), [
      ['ClusterRole', 'none'],
      ['ClusterRoleBinding', 'none'],
    ]);
  });

  test('a role that lacks something gets just that, and keeps the rest', () => {
    const rules = [
      { apiGroups: [''], resources: ['nodes/proxy', 'nodes/stats'], verbs: ['*'] },
      { apiGroups: [''], resources: ['pods'], verbs: ['get'] },
    ];
    const [change] = grant({ ...wanted, role: { ...wanted.role, rules } });
    assert.equal(change?.differences, ['+ nodes/log *', '+ nodes/spec *', '+ nodes/metrics *']);
    assert.equal((change?.object as typeof wanted.role | undefined)?.rules?.slice(0, 2), rules);
  });

  test('a subject is added beside others, and only it is recorded as ours', () => {
    const binding = { ...wanted.binding, metadata: { name: 'x' }, subjects: [user('other')] };
    const [, change] = grant({ binding });
    assert.equal(change?.differences, ['+ subject user:Kubernetes']);
    assert.is(
      change?.object?.metadata?.annotations?.['kubeletaccess/subjects'],
      '["user:Kubernetes"]',
    );
  });

  test('a binding of another role is refused, not replaced', () => {
    const binding = { ...wanted.binding, roleRef: { ...wanted.binding.roleRef, name: 'view' } };
    assert.throws(
      () => grant({ binding }),
      /refers to ClusterRole view, not system:kube-apiserver-to-kubelet, and roleRef is immutable/,
    );
  });

  test('a role made by aggregation is never written', () => {
    const role = { ...wanted.role, rules: [], aggregationRule: {} };
    assert.throws(() => grant({ role }), /lacks nodes\/proxy \*, .* aggregated role/);
  });

  test('a role that another binding gives to others is not widened', () => {
    const role = {
      ...wanted.role,
      rules: [{ apiGroups: [''], resources: ['nodes/metrics'], verbs: ['get'] }],
    };
    const other = { metadata: { name: 'devs' }, roleRef: wanted.binding.roleRef };
    assert.throws(
      () => grant({ role }, [other]),
      /^adding .* would also grant it to other subjects/,
    );
  });

  test('for others in its own binding it is widened, and they are named', () => {
    const role = { ...wanted.role, rules: [] };
    const binding = { ...wanted.binding, subjects: [user('other'), user('Kubernetes')] };
    const [change] = grant({ role, binding }, [binding]);
    assert.is(change?.action, 'update');
    assert.ok(change?.differences.includes('  also for user:other, already in the binding'));
  });

  test('with --accept-wider a role is widened for others, too', () => {
    const other = { metadata: { name: 'devs' }, roleRef: wanted.binding.roleRef };
    const [change] = grant({ role: { ...wanted.role, rules: [] } }, [other], { acceptWider: true });
    assert.is(change?.action, 'update');
  });

  const more = { apiGroups: [''], resources: ['pods'], verbs: ['get'] };
  const wide = { ...wanted.role, rules: [...(wanted.role.rules ?? []), more] };

  test('a role that holds more is not given to a new subject, unless that is accepted', () => {
    assert.throws(() => grant({ role: wide }), /allows more than the profile/);
    assert.is(grant({ role: wide }, [], { acceptWider: true })[0]?.action, 'none');
  });

  test('--prune leaves the rules of the profile, this subject and those that were recorded', () => {
    const binding = {
      ...wanted.binding,
      metadata: {
        ...wanted.binding.metadata,
        annotations: { 'kubeletaccess/subjects': '["user:ours"]' },
      },
      subjects: [user('other'), user('ours')],
    };
    const [role, bound] = grant({ role: wide, binding }, [], { prune: true });
    assert.equal((role?.object as typeof wide | undefined)?.rules, wanted.role.rules);
    assert.equal(role?.differences, ['- pods get']);
    assert.equal((bound?.object as typeof binding | undefined)?.subjects, [
      user('ours'),
      user('Kubernetes'),
    ]);
    assert.ok(bound?.differences.includes('- subject user:other'));
  });

  test('--recreate makes a binding of another role anew, with others only if they may move along', () => {
    const roleRef = { ...wanted.binding.roleRef, name: 'view' };
    const alone = { ...wanted.binding, roleRef };
    assert.is(grant({ binding: alone }, [], { recreate: true })[1]?.action, 'recreate');
    const shared = { ...alone, subjects: [user('other')] };
    assert.throws(
      () => grant({ binding: shared }, [], { recreate: true }),
      /would remove ClusterRole view from other subjects/,
    );
    const [, change] = grant({ binding: shared }, [], { recreate: true, allSubjects: true });
    assert.equal((change?.object as typeof shared | undefined)?.subjects, [
      user('other'),
      user('Kubernetes'),
    ]);
  });

  test('what somebody else manages is written only with --force, and only if there is need', () => {
    for (const [metadata, owner] of [
      [{ annotations: { 'meta.helm.sh/release-name': 'kube' } }, /managed by Helm release kube/],
      [{ labels: { 'argocd.argoproj.io/instance': 'x' } }, /managed by Argo CD/],
      [{ labels: { 'app.kubernetes.io/managed-by': 'x' } }, /managed by x/],
      [
        { ownerReferences: [{ apiVersion: 'v1', kind: 'Operator', name: 'o', uid: '1' }] },
        /managed by Operator o \(owner reference\)/,
      ],
    ] as const) {
      const foreign = { name: names.role, ...metadata } as NonNullable<ClusterRole['metadata']>;
      const role = { ...wanted.role, metadata: foreign };
      const lacking = { ...role, rules: [] };
      assert.throws(() => grant({ role: lacking, binding: wanted.binding }), owner);
      assert.is(grant({ role: lacking }, [], { force: true })[0]?.action, 'update');
      assert.is(grant({ role, binding: wanted.binding })[0]?.action, 'none');
    }
  });

  test('labels and annotations of our own are repaired, and nobody else gets them', () => {
    const metadata = {
      name: names.role,
      labels: { 'app.kubernetes.io/managed-by': 'kubectl-kubeletaccess' },
    };
    const [ours] = grant({ ...wanted, role: { ...wanted.role, metadata } });
    assert.equal(
      [ours?.action, ours?.differences],
      ['update', ['+ kubeletaccess labels and annotations']],
    );
    const byHand = { ...wanted.role, metadata: { name: names.role } };
    assert.is(grant({ ...wanted, role: byHand })[0]?.action, 'none');
  });

  test('the mark of a pair grows with its profile, and does not shrink', () => {
    const full = pairOf(profileOf('apiserver-full'), user('Kubernetes'), names);
    const plan = (pair: Pair, found: FoundPair, options: Partial<GrantOptions> = {}) =>
      planGrant(pair, { ...found, bindings: [] }, { ...plain, ...options });
    const marks = (changes: readonly Change[]) =>
      changes.map(({ object }) => object?.metadata?.annotations?.['kubeletaccess/profile']);
    assert.equal(marks(plan(full, wanted)), ['apiserver-full', 'apiserver-full']);
    assert.equal(marks(plan(wanted, full)), ['apiserver-full', 'apiserver-full']);
    assert.equal(
      plan(wanted, full).map(({ action }) => action),
      ['none', 'none'],
    );
    assert.is(marks(plan(wanted, full, { prune: true }))[0], 'apiserver');
  });

  test('an object of ours that lost its label gets it back, and one of others none', () => {
    const bare = (object: Pair['binding'] | ClusterRole) => {
      const { labels: _, ...metadata } = object.metadata ?? {};
      return { ...object, metadata };
    };
    const role = bare(wanted.role) as ClusterRole;
    const binding = bare(wanted.binding) as Pair['binding'];
    for (const { action, object } of grant({ role, binding })) {
      assert.is(action, 'update');
      const label = object?.metadata?.labels?.['app.kubernetes.io/managed-by'];
      assert.is(label, 'kubectl-kubeletaccess');
    }
    const shared = { ...binding, subjects: [user('other'), user('Kubernetes')] };
    assert.is(grant({ role: wanted.role, binding: shared })[1]?.action, 'none');
  });

  test('what a change gives and takes is told by rules and subjects, too', () => {
    const binding = { ...wanted.binding, subjects: [user('other')] };
    const [role, bound] = grant({ role: { ...wanted.role, rules: [more] }, binding }, [], {
      prune: true,
    });
    assert.is(role?.added?.rules?.length, 5);
    assert.equal(role?.removed?.rules, [more]);
    assert.equal(bound?.added?.subjects, [user('Kubernetes')]);
    assert.equal(bound?.removed?.subjects, [user('other')]);
  });

  const until = '2026-05-01T00:00:00Z';
  const expiring = pairOf(profileOf('apiserver'), user('Kubernetes'), names, until).binding;
  const expiries = (change: Change | undefined) =>
    change?.object?.metadata?.annotations?.['kubeletaccess/expires'];

  test('--for records an expiry, again extends it, and without it the expiry stays', () => {
    const expires = '2026-07-01T00:00:00Z';
    const [, made] = grant({}, [], { expires });
    assert.is(made?.action, 'create');
    assert.is(expiries({ ...made, object: expiring } as Change), `{"user:Kubernetes":"${until}"}`);
    const [, extended] = grant({ ...wanted, binding: expiring }, [], { expires });
    assert.is(expiries(extended), `{"user:Kubernetes":"${expires}"}`);
    assert.is(grant({ ...wanted, binding: expiring })[1]?.action, 'none');
  });

  test('--permanent takes an expiry out', () => {
    const [, change] = grant({ ...wanted, binding: expiring }, [], { permanent: true });
    assert.equal(change?.differences, [
      `~ subject user:Kubernetes no longer expires (was ${until})`,
    ]);
    assert.is(expiries(change), undefined);
  });

  test('--for does not shorten what is there for good, or was given by hand', () => {
    const expires = until;
    assert.throws(
      () => grant(wanted, [], { expires }),
      /has access that does not expire: --for would shorten it/,
    );
    const binding = { ...wanted.binding, metadata: { name: names.binding } };
    assert.throws(
      () => grant({ ...wanted, binding }, [], { expires }),
      /has access that grant did not add: /,
    );
  });

  test('revoke --expired takes out whose time is over, and nobody else', () => {
    const later = pairOf(profileOf('apiserver'), user('later'), names, '2027-01-01T00:00:00Z');
    const metadata = {
      ...expiring.metadata,
      annotations: {
        ...expiring.metadata?.annotations,
        'kubeletaccess/subjects': '["user:Kubernetes","user:later"]',
        'kubeletaccess/expires': `{"user:Kubernetes":"${until}","user:later":"2027-01-01T00:00:00Z"}`,
      },
    };
    const subjects = [...(expiring.subjects ?? []), ...(later.binding.subjects ?? [])];
    const binding = { ...expiring, metadata, subjects };
    const [change] = unplan({ ...wanted, binding }, [binding], { expired: true });
    assert.equal((change?.object as typeof binding | undefined)?.subjects, [user('later')]);
    assert.is(expiries(change), '{"user:later":"2027-01-01T00:00:00Z"}');
  });

  test('revoke takes out one subject that is named, ours or not', () => {
    const binding = { ...wanted.binding, subjects: [user('other'), user('Kubernetes')] };
    const [change] = unplan({ ...wanted, binding }, [binding], { subject: user('other') });
    assert.equal((change?.object as typeof binding | undefined)?.subjects, [user('Kubernetes')]);
  });

  test('a pair made by hand just as grant makes it counts as ours, for who it was made for', () => {
    const byHand = {
      role: { ...wanted.role, metadata: { name: names.role } },
      binding: { ...wanted.binding, metadata: { name: names.binding } },
    };
    const client = user('Kubernetes');
    assert.equal(
      unplan(byHand, [byHand.binding], { client }).map(({ action }) => action),
      ['delete', 'delete'],
    );
    const helm = { ...byHand.binding.metadata, annotations: { 'meta.helm.sh/release-name': 'x' } };
    assert.throws(
      () => unplan({ ...byHand, binding: { ...byHand.binding, metadata: helm } }, [], { client }),
      /not changed: it is managed by Helm release x/,
    );
  });

  test('names: of the known pair for kube-apiserver, and for others one binding each', () => {
    const full = profileOf('apiserver');
    assert.equal(pairNames(full, user('a'), [], true), names);
    assert.equal(pairNames(full, user('a'), [], false), {
      role: 'kubeletaccess:apiserver',
      binding: 'kubeletaccess:apiserver:user:a',
    });
    assert.equal(pairNames(profileOf('stats', ['n']), user('a'), ['n'], true), {
      role: 'kubeletaccess:stats:n',
      binding: 'kubeletaccess:stats:n:user:a',
    });
    const nodes = ['worker-2', 'worker-1', 'worker-2'];
    assert.equal(pairNames(profileOf('stats', nodes), user('a'), nodes, false), {
      role: 'kubeletaccess:stats:worker-1:worker-2',
      binding: 'kubeletaccess:stats:worker-1:worker-2:user:a',
    });
    const odd = pairNames(profileOf('stats'), user('team/a%'), [], false).binding;
    assert.match(odd, /^kubeletaccess:stats:user:team-a--[0-9a-f]{8}$/);
    const kubeadm = user('kube-apiserver-kubelet-client');
    assert.equal(pairNames(profileOf('builtin'), kubeadm, [], true), {
      role: 'system:kubelet-api-admin',
      binding: 'kubeadm:apiserver-kubelet-client',
    });
  });

  test('revoke deletes both of ours, the binding first', () => {
    assert.equal(
      revoke(wanted).map(([kind, action]) => [kind, action]),
      [
        ['ClusterRoleBinding', 'delete'],
        ['ClusterRole', 'delete'],
      ],
    );
  });

  test('revoke of nothing is nothing', () => {
    assert.equal(revoke({}), [
      ['ClusterRoleBinding', 'none'],
      ['ClusterRole', 'none'],
    ]);
  });

  test('revoke keeps a role that another binding, of any kind, refers to', () => {
    const other = { metadata: { name: 'x', namespace: 'ns' }, roleRef: wanted.binding.roleRef };
    assert.equal(revoke(wanted, [wanted.binding, other])[1], [
      'ClusterRole',
      'none',
      'ClusterRole system:kube-apiserver-to-kubelet kept: it is referenced by RoleBinding ns/x',
    ]);
  });

  test('revoke keeps a role that somebody added to', () => {
    const role = {
      ...wanted.role,
      rules: [
        ...(wanted.role.rules ?? []),
        { apiGroups: [''], resources: ['pods'], verbs: ['get'] },
      ],
    };
    assert.equal(revoke({ ...wanted, role })[1], [
      'ClusterRole',
      'none',
      'ClusterRole system:kube-apiserver-to-kubelet kept: rules were added to it',
    ]);
  });

  test("revoke keeps a role that is not ours, and other people's subjects", () => {
    const role = { ...wanted.role, metadata: { name: names.role } };
    const binding = { ...wanted.binding, subjects: [user('other'), user('Kubernetes')] };
    const [unbind, removal] = unplan({ role, binding }, [binding]);
    assert.is(unbind?.action, 'update');
    assert.equal((unbind?.object as typeof binding | undefined)?.subjects, [user('other')]);
    assert.is(removal?.action, 'none');
  });

  test('a binding that bears no mark of ours is refused', () => {
    const binding = { ...wanted.binding, metadata: { name: names.binding } };
    assert.throws(() => revoke({ binding }), /was not created by kubectl-kubeletaccess/);
  });

  test('an unreadable record of subjects counts as none', () => {
    const metadata = {
      ...wanted.binding.metadata,
      annotations: { 'kubeletaccess/subjects': '{"a":' },
    };
    const [unbind] = unplan({ binding: { ...wanted.binding, metadata } }, []);
    assert.is(unbind?.action, 'none');
  });
});
