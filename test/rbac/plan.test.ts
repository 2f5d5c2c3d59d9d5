import * as assert from 'uvu/assert';
import { apiserverPair, type FoundPair } from '../../src/rbac/pair.ts';
import { type Change, type FoundWithBindings, planGrant, planRevoke } from '../../src/rbac/plan.ts';
import { user } from '../../src/rbac/subject.ts';
import { suite } from '../kit/suite.ts';

const wanted = apiserverPair(user('Kubernetes'));
const names = { role: 'system:kube-apiserver-to-kubelet', binding: 'system:kube-apiserver' };
const short = (changes: readonly Change[]) =>
  changes.map(({ kind, action, differences }) => [kind, action, ...differences]);
const grant = (found: FoundPair, bindings: FoundWithBindings['bindings'] = []) =>
  planGrant(wanted, { ...found, bindings });
const revoke = (found: FoundPair, bindings = found.binding ? [found.binding] : []) =>
  short(planRevoke(names, { ...found, bindings }));

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
    const [change] = grant({ role: { ...wanted.role, rules } });
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
      /gives ClusterRole view, not system:kube-apiserver-to-kubelet/,
    );
  });

  test('a role made by aggregation is never written', () => {
    const role = { ...wanted.role, rules: [], aggregationRule: {} };
    assert.throws(() => grant({ role }), /lacks nodes\/proxy \*, .* made by aggregation/);
  });

  test('a role that another binding gives to others is not widened', () => {
    const role = {
      ...wanted.role,
      rules: [{ apiGroups: [''], resources: ['nodes/metrics'], verbs: ['get'] }],
    };
    const other = { metadata: { name: 'devs' }, roleRef: wanted.binding.roleRef };
    assert.throws(() => grant({ role }, [other]), /adding that would give it to others as well/);
  });

  test('nor for a subject that somebody else put into the binding, but for those of ours', () => {
    const role = { ...wanted.role, rules: [] };
    const binding = { ...wanted.binding, subjects: [user('other'), user('Kubernetes')] };
    assert.throws(() => grant({ role, binding }, [binding]), /adding that would give it to others/);
    assert.is(grant({ role, binding: wanted.binding }, [wanted.binding])[0]?.action, 'update');
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
      'ClusterRole system:kube-apiserver-to-kubelet stays: RoleBinding ns/x refers to it',
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
      'ClusterRole system:kube-apiserver-to-kubelet stays: somebody added rules to it',
    ]);
  });

  test("revoke keeps a role that is not ours, and other people's subjects", () => {
    const role = { ...wanted.role, metadata: { name: names.role } };
    const binding = { ...wanted.binding, subjects: [user('other'), user('Kubernetes')] };
    const [unbind, removal] = planRevoke(names, { role, binding, bindings: [binding] });
    assert.is(unbind?.action, 'update');
    assert.equal((unbind?.object as typeof binding | undefined)?.subjects, [user('other')]);
    assert.is(removal?.action, 'none');
  });

  test('a binding that bears no mark of ours is refused', () => {
    const binding = { ...wanted.binding, metadata: { name: names.binding } };
    assert.throws(() => revoke({ binding }), /was not made by kubectl-kubeletaccess/);
  });

  test('an unreadable record of subjects counts as none', () => {
    const metadata = {
      ...wanted.binding.metadata,
      annotations: { 'kubeletaccess/subjects': '{"a":' },
    };
    const [unbind] = planRevoke(names, { binding: { ...wanted.binding, metadata }, bindings: [] });
    assert.is(unbind?.action, 'none');
  });
});
