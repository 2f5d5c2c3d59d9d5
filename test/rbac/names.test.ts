import * as assert from 'uvu/assert';
import type { RbacSubject } from '../../src/objects.ts';
import { namesOf, profileOfRoleName } from '../../src/rbac/names.ts';
import { type ProfileName, profileNames } from '../../src/rbac/profiles.ts';
import { account, user } from '../kit/rbac.ts';
import { suite } from '../kit/suite.ts';

const own = ['system:kube-apiserver-to-kubelet', 'system:kube-apiserver'];
const kubeadm = user('kube-apiserver-kubelet-client');
const stats = 'kubeletaccess:stats';
type Case = readonly [
  profile: ProfileName,
  subject: RbacSubject,
  nodes: readonly string[],
  isClient: boolean,
  expected: readonly (string | RegExp)[],
];

const cases: readonly Case[] = [
  ['apiserver', user('a'), [], true, own],
  ['apiserver-full', user('a'), [], true, own],
  [
    'apiserver',
    user('a'),
    [],
    false,
    ['kubeletaccess:apiserver', 'kubeletaccess:apiserver:user:a'],
  ],
  [
    'apiserver',
    user('a'),
    ['n'],
    true,
    ['kubeletaccess:apiserver@n', /^kubeletaccess:apiserver@n:user:a$/],
  ],
  ['stats', user('a'), [], true, [stats, `${stats}:user:a`]],
  ['stats', account('b', 'ns'), ['n'], false, [`${stats}@n`, `${stats}@n:serviceaccount:ns:b`]],
  ['stats', user('a'), ['n', 'n'], false, [`${stats}@n`, `${stats}@n:user:a`]],
  [
    'stats',
    user('a'),
    ['2', '1', '2'],
    false,
    [/^kubeletaccess:stats@2-nodes\+[0-9a-f]{8}$/, /nodes\+[0-9a-f]{8}:user:a$/],
  ],
  // RBAC accepts neither of these characters, and a changed name must stay unique.
  ['stats', user('team/a%'), [], false, [stats, /^kubeletaccess:stats:user:team-a--[0-9a-f]{8}$/]],
  ['stats', user('a'.repeat(300)), [], false, [stats, /^.{200}-[0-9a-f]{8}$/]],
  ['builtin', kubeadm, [], true, ['system:kubelet-api-admin', 'kubeadm:apiserver-kubelet-client']],
  ['builtin', user('a'), [], false, ['system:kubelet-api-admin', 'kubeletaccess:builtin:user:a']],
];

suite('names of the role and binding of a grant', (test) => {
  for (const [profile, subject, nodes, isClient, expected] of cases)
    test(`are ${expected.join(' and ')}`, () => {
      const { role, binding } = namesOf(profile, nodes, subject, isClient);
      for (const [index, name] of [role, binding].entries()) {
        const pattern = expected[index];
        if (pattern instanceof RegExp) assert.match(name, pattern);
        else assert.is(name, pattern);
      }
    });

  test('differ for each subject and each set of nodes, but not by their order', () => {
    const of = (name: string, ...nodes: readonly string[]) =>
      namesOf('stats', nodes, user(name), false).binding;
    // A node and a user may have the same name, and a user one that looks changed.
    const changed = of('a/b').replace('kubeletaccess:stats:user:', '');
    const names = [
      of('user:x'),
      of('x', 'user'),
      of(changed),
      of('a/b'),
      of('a%b'),
      of('a-b'),
      of('a', '1', '2'),
      of('a', '1', '3'),
      of('a', '1'),
    ];
    assert.is(new Set(names).size, names.length);
    assert.is(of('a', '1', '2'), of('a', '2', '1'));
  });

  test('tell the profile of a role', () => {
    for (const profile of profileNames)
      if (profile !== 'apiserver-full')
        assert.is(profileOfRoleName(namesOf(profile, [], user('a'), true).role), profile);
    assert.is(profileOfRoleName('kubeletaccess:apiserver-full@n'), 'apiserver-full');
    for (const name of ['kubeletaccess:other', 'other:stats', 'view', 'kubeletaccess'])
      assert.is(profileOfRoleName(name), undefined);
  });
});
