import * as assert from 'uvu/assert';
import type { GrantTerms } from '../../../src/commands/grant/options.ts';
import { planGrant, withGranterOf } from '../../../src/commands/grant/plan.ts';
import type { ClusterRole } from '../../../src/objects.ts';
import type { Change, FoundWithBindings } from '../../../src/rbac/change.ts';
import { recordedProfiles, subjectRecordOf } from '../../../src/rbac/grant-record.ts';
import {
  type FoundPair,
  knownNames as names,
  type Pair,
  pairNames,
  pairOf,
} from '../../../src/rbac/pair.ts';
import { profileOf } from '../../../src/rbac/profiles.ts';
import { apiserverPair, recorded, recordedOf, rule, user } from '../../kit/rbac.ts';
import { suite } from '../../kit/suite.ts';

const kubernetes = user('Kubernetes');
const pair = apiserverPair(kubernetes);
if (!pair.role) throw new Error('the known pair has a role');
const wanted = { ...pair, role: pair.role };
const pods = rule('pods');
const wide = { ...wanted.role, rules: [...(wanted.role.rules ?? []), pods] };
const ofOthers = { metadata: { name: 'devs' }, roleRef: wanted.binding.roleRef };

const unasked: GrantTerms = {
  prune: false,
  acceptWider: false,
  force: false,
  expires: undefined,
  permanent: false,
  now: Date.parse('2026-04-01T00:00:00Z'),
};

function grant(
  found: FoundPair,
  options: Partial<GrantTerms> = {},
  bindings: FoundWithBindings['bindings'] = [],
  want: Pair = wanted,
): readonly Change[] {
  return planGrant(want, { ...found, bindings }, { ...unasked, ...options });
}
const actions = (changes: readonly Change[]) => changes.map(({ action }) => action);
const rulesOf = (change: Change | undefined) => (change?.object as ClusterRole | undefined)?.rules;
const subjectsOf = (change: Change | undefined) =>
  (change?.object as Pair['binding'] | undefined)?.subjects;
const recordIn = (change: Change | undefined) =>
  change?.object?.metadata?.annotations?.['kubeletaccess/grant'];
const expiryIn = (change: Change | undefined) =>
  recordedOf(change?.object, 'user:Kubernetes')?.expires;

suite('plans of grant', (test) => {
  test('do not change a role with more rules, or a binding with more subjects', () => {
    const role = { ...wanted.role, rules: [rule('*', '*', { apiGroups: ['*'] })] };
    const binding = { ...wanted.binding, subjects: [user('other'), kubernetes] };
    assert.equal(
      grant({ role, binding }).map(({ kind, action, differences }) => [kind, action, differences]),
      [
        ['ClusterRole', 'none', []],
        ['ClusterRoleBinding', 'none', []],
      ],
    );
  });

  test('do not change a binding that has an annotation after the grant record', () => {
    const { metadata } = wanted.binding;
    const annotations = { ...metadata.annotations, 'owner/team': 'x' };
    const binding = { ...wanted.binding, metadata: { ...metadata, annotations } };
    assert.equal(actions(grant({ role: wanted.role, binding })), ['none', 'none']);
  });

  test('add only the missing rules to a role', () => {
    const rules = [rule('nodes/proxy,nodes/stats', '*'), pods];
    const [change] = grant({ ...wanted, role: { ...wanted.role, rules } });
    assert.equal(change?.differences, [
      '+ nodes/log (all verbs)',
      '+ nodes/spec (all verbs)',
      '+ nodes/metrics (all verbs)',
    ]);
    assert.equal(rulesOf(change)?.slice(0, 2), rules);
  });

  test('add a subject to the existing subjects, and record only the added subject', () => {
    const binding = { ...wanted.binding, metadata: { name: 'x' }, subjects: [user('other')] };
    const [, change] = grant({ binding });
    assert.equal(change?.differences, ['+ subject user:Kubernetes']);
    assert.is(
      recordIn(change),
      '{"version":1,"subjects":{"user:Kubernetes":{"profiles":["apiserver"]}}}',
    );
  });

  test('never change an aggregated role', () =>
    assert.throws(
      () => grant({ role: { ...wanted.role, rules: [], aggregationRule: {} } }),
      /lacks nodes\/proxy \(all verbs\), .* aggregated role/,
    ));

  test('do not add rules to a role that another binding grants to other subjects', () =>
    assert.throws(
      () => grant({ role: { ...wanted.role, rules: [rule('nodes/metrics')] } }, {}, [ofOthers]),
      /^adding .* would also grant it to other subjects/,
    ));

  test('add missing rules even if the binding has other subjects, and list these subjects', () => {
    const role = { ...wanted.role, rules: [] };
    const binding = { ...wanted.binding, subjects: [user('other'), kubernetes] };
    const [change] = grant({ role, binding }, {}, [binding]);
    assert.is(change?.action, 'update');
    assert.ok(change?.differences.includes('  also for user:other, already in the binding'));
  });

  test('ignore the subjects of a RoleBinding, which gives no access to nodes', () => {
    const role = { ...wanted.role, rules: [] };
    const roleRef = wanted.binding.roleRef;
    const subjects = [user('system:anonymous')];
    const devs = { metadata: { namespace: 'dev', name: 'devs' }, roleRef, subjects };
    assert.is(grant({ role }, { acceptWider: true }, [devs])[0]?.action, 'update');
    assert.throws(
      () => grant({ role }, { acceptWider: true }, [{ ...devs, metadata: { name: 'devs' } }]),
      /^user:system:anonymous would also get access through ClusterRoleBinding devs/,
    );
  });

  test('grant a role with extra rules to a new subject only with --accept-wider', () => {
    assert.throws(() => grant({ role: wide }), /allows more than the profile/);
    assert.is(grant({ role: wide }, { acceptWider: true })[0]?.action, 'none');
  });

  test('with --prune, keep only the rules of the profile, the wanted subject and recorded subjects', () => {
    const annotations = recorded({ 'user:ours': {} });
    const binding = {
      ...wanted.binding,
      metadata: { ...wanted.binding.metadata, annotations },
      subjects: [user('other'), user('ours')],
    };
    const [role, bound] = grant({ role: wide, binding }, { prune: true });
    assert.equal(rulesOf(role), wanted.role.rules);
    assert.equal(role?.differences, ['- pods get']);
    assert.equal(subjectsOf(bound), [user('ours'), kubernetes]);
    assert.ok(bound?.differences.includes('- subject user:other'));
  });

  test('change objects that another tool manages only if this is necessary and --force is given', () => {
    for (const [metadata, manager] of [
      [{ annotations: { 'meta.helm.sh/release-name': 'kube' } }, /managed by Helm release kube/],
      [{ labels: { 'argocd.argoproj.io/instance': 'x' } }, /managed by Argo CD/],
      [{ annotations: { 'argocd.argoproj.io/tracking-id': 'x' } }, /managed by Argo CD/],
      [{ labels: { 'kustomize.toolkit.fluxcd.io/name': 'x' } }, /managed by Flux \(kustomize/],
      [{ labels: { 'helm.toolkit.fluxcd.io/name': 'x' } }, /managed by Flux \(helm/],
      [{ labels: { 'rbac-manager': 'reactiveops' } }, /managed by rbac-manager/],
      [{ labels: { 'olm.owner': 'x' } }, /managed by Operator Lifecycle Manager/],
      [{ labels: { 'app.kubernetes.io/managed-by': 'x' } }, /managed by x/],
      [{ labels: { 'addonmanager.kubernetes.io/mode': 'Reconcile' } }, /by the add-on manager/],
      [{ labels: { 'objectset.rio.cattle.io/hash': 'x' } }, /managed by k3s, RKE2 or Rancher/],
      [{ labels: { 'kapp.k14s.io/app': '1' } }, /managed by kapp/],
      [{ annotations: { 'config.k8s.io/owning-inventory': 'x' } }, /by kpt or Config Sync/],
      [{ managedFields: [{}, { manager: 'argocd-controller' }] }, /managed by Argo CD/],
      [{ managedFields: [{ manager: 'helm-controller' }] }, /managed by Flux \(helm/],
      [
        { ownerReferences: [{ apiVersion: 'v1', kind: 'Operator', name: 'o', uid: '1' }] },
        /managed by Operator o \(owner reference\)/,
      ],
    ] as const) {
      const foreign = { name: names.role, ...metadata } as NonNullable<ClusterRole['metadata']>;
      const role = { ...wanted.role, metadata: foreign };
      const lacking = { ...role, rules: [] };
      assert.throws(() => grant({ role: lacking, binding: wanted.binding }), manager);
      assert.is(grant({ role: lacking }, { force: true })[0]?.action, 'update');
      assert.is(grant({ role, binding: wanted.binding })[0]?.action, 'none');
    }
    for (const metadata of [
      { labels: { 'addonmanager.kubernetes.io/mode': 'EnsureExists' } },
      { labels: { 'app.kubernetes.io/instance': 'prometheus' } },
      { managedFields: [{ manager: 'kubectl-create' }] },
    ]) {
      const role = { ...wanted.role, metadata: { name: names.role, ...metadata }, rules: [] };
      assert.is(grant({ role })[0]?.action, 'update', JSON.stringify(metadata));
    }
  });

  test('replace a recorded profile by a wider profile, but by a narrower profile only with --prune', () => {
    const full = pairOf(profileOf('apiserver-full'), kubernetes, names);
    const profiles = (changes: readonly Change[]) =>
      changes.flatMap(({ object }) => (object ? recordedProfiles(object) : []));
    const widened = grant(wanted, {}, [], full);
    assert.equal(profiles(widened), ['apiserver-full', 'apiserver-full']);
    assert.equal(profiles(grant(full)), ['apiserver-full', 'apiserver-full']);
    assert.equal(actions(grant(full)), ['none', 'none']);
    assert.is(profiles(grant(full, { prune: true }))[0], 'apiserver');
  });

  test('restore lost labels and annotations of objects that grant created, but add none to other objects', () => {
    const bare = <T extends Pair['binding'] | ClusterRole>(object: T): T => {
      const { labels: _, ...metadata } = object.metadata ?? {};
      return { ...object, metadata };
    };
    const binding = bare(wanted.binding);
    for (const { action, object, differences } of grant({ role: bare(wanted.role), binding })) {
      assert.equal([action, ...differences], ['update', '+ kubeletaccess labels and annotations']);
      const label = object?.metadata?.labels?.['app.kubernetes.io/managed-by'];
      assert.is(label, 'kubectl-kubeletaccess');
    }
    const { labels = {} } = wanted.role.metadata;
    const unrecorded = { ...wanted.role, metadata: { name: names.role, labels } };
    const [restored] = grant({ ...wanted, role: unrecorded });
    assert.equal(restored?.object && recordedProfiles(restored.object), ['apiserver']);
    const shared = { ...binding, subjects: [user('other'), kubernetes] };
    assert.is(grant({ role: wanted.role, binding: shared })[1]?.action, 'none');
  });

  test('list the rules and subjects that a change adds and removes', () => {
    const binding = { ...wanted.binding, subjects: [user('other')] };
    const role = { ...wanted.role, rules: [pods] };
    const [changed, bound] = grant({ role, binding }, { prune: true });
    assert.is(changed?.added?.rules?.length, 5);
    assert.equal(changed?.removed?.rules, [pods]);
    assert.equal(bound?.added?.subjects, [kubernetes]);
    assert.equal(bound?.removed?.subjects, [user('other')]);
  });

  test('record who ran grant only if the grant record of the subject is new or changes', () => {
    const granterIn = (change: Change | undefined) => {
      const object = change && withGranterOf(change, kubernetes, 'root').object;
      return object && 'roleRef' in object ? subjectRecordOf(object, kubernetes)?.by : undefined;
    };
    const annotations = recorded({ 'user:Kubernetes': {} }, 'apiserver');
    const binding = { ...wanted.binding, metadata: { ...wanted.binding.metadata, annotations } };
    const found = { role: wanted.role, binding };
    assert.is(granterIn(grant({})[1]), 'root');
    assert.is(granterIn(grant(found, { permanent: true, prune: true })[1]), undefined);
    const more = { ...binding, subjects: [user('eve'), kubernetes] };
    const [, pruned] = grant({ ...found, binding: more }, { prune: true });
    assert.equal([pruned?.action, granterIn(pruned)], ['update', undefined]);
    const old = recorded({ 'user:Kubernetes': { expires: '2026-04-02T00:00:00Z' } }, 'apiserver');
    const metadata = { ...binding.metadata, annotations: old };
    const [, renewed] = grant({ ...found, binding: { ...binding, metadata } }, { permanent: true });
    assert.is(granterIn(renewed), 'root');
  });

  const until = '2026-05-01T00:00:00Z';
  const expiring = pairOf(profileOf('apiserver'), kubernetes, names, until).binding;

  test('record and extend an expiry with --for, and keep it without --for', () => {
    const expires = '2026-07-01T00:00:00Z';
    const [, made] = grant({}, {}, [], pairOf(profileOf('apiserver'), kubernetes, names, expires));
    assert.equal([made?.action, expiryIn(made)], ['create', expires]);
    const [, extended] = grant({ ...wanted, binding: expiring }, { expires });
    assert.is(expiryIn(extended), expires);
    assert.is(grant({ ...wanted, binding: expiring })[1]?.action, 'none');
  });

  test('remove an expiry with --permanent', () => {
    const [, change] = grant({ ...wanted, binding: expiring }, { permanent: true });
    assert.equal(change?.differences, [
      `~ subject user:Kubernetes no longer expires (was ${until})`,
    ]);
    assert.is(expiryIn(change), undefined);
  });

  test('do not shorten access that does not expire or was granted by hand', () => {
    assert.throws(
      () => grant(wanted, { expires: until }),
      /has access that does not expire: --for would shorten it/,
    );
    const binding = { ...wanted.binding, metadata: { name: names.binding } };
    assert.throws(
      () => grant({ ...wanted, binding }, { expires: until }),
      /has access that grant did not add: /,
    );
  });

  test('use the usual names for the kubelet client, and a separate binding for each other subject', () => {
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
});
