import * as assert from 'uvu/assert';
import { namesOf, profileOfRoleName } from '../../src/rbac/names.ts';
import { type ProfileName, profileNames } from '../../src/rbac/profiles.ts';
import { parseSubject } from '../../src/rbac/subject.ts';
import { user } from '../kit/rbac.ts';
import { suite } from '../kit/suite.ts';

/** A profile, a subject, perhaps `of NODE,…` and `as client`, and the names of the role and the binding. `#` is a hash. */
const cases = `
apiserver user:a as client → system:kube-apiserver-to-kubelet system:kube-apiserver
apiserver-full user:a as client → system:kube-apiserver-to-kubelet system:kube-apiserver
apiserver user:a → kubeletaccess:apiserver kubeletaccess:apiserver:user:a
apiserver user:a of n as client → kubeletaccess:apiserver@n kubeletaccess:apiserver@n:user:a
stats user:a as client → kubeletaccess:stats kubeletaccess:stats:user:a
stats serviceaccount:ns:b of n → kubeletaccess:stats@n kubeletaccess:stats@n:serviceaccount:ns:b
stats user:a of n,n → kubeletaccess:stats@n kubeletaccess:stats@n:user:a
stats user:a of 2,1,2 → kubeletaccess:stats@2-nodes+# kubeletaccess:stats@2-nodes+#:user:a
stats user:team/a% → kubeletaccess:stats kubeletaccess:stats:user:team-a--#
stats user:${'a'.repeat(300)} → kubeletaccess:stats kubeletaccess:stats:user:${'a'.repeat(175)}-#
stats user:${'a'.repeat(174)}\u{1f600}x → kubeletaccess:stats kubeletaccess:stats:user:${'a'.repeat(174)}\u{1f600}-#
builtin user:kube-apiserver-kubelet-client as client → system:kubelet-api-admin kubeadm:apiserver-kubelet-client
builtin user:a → system:kubelet-api-admin kubeletaccess:builtin:user:a
`;

suite('names of the role and binding of a grant', (test) => {
  for (const row of cases.trim().split('\n'))
    test(`are as they should be: ${row.slice(0, 100)}`, () => {
      const [, profile, who = '', nodes, client, expected] =
        /^(\S+) (\S+)(?: of (\S+))?( as client)? → (.*)$/.exec(row) ?? [];
      const subject = parseSubject(who);
      assert.ok(subject);
      const { role, binding } = namesOf(
        profile as ProfileName,
        nodes?.split(',') ?? [],
        subject,
        client !== undefined,
      );
      assert.is(`${role} ${binding}`.replaceAll(/(?<=[-+])[0-9a-f]{8}(?=[: ]|$)/g, '#'), expected);
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
