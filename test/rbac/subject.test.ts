import * as assert from 'uvu/assert';
import {
  formatSubject,
  neverGranted,
  parseSubject,
  reviewedUser,
  sameSubject,
  subjectKey,
  subjectOf,
  user,
} from '../../src/rbac/subject.ts';
import { anyCharacter, fc } from '../kit/fast-check.ts';
import { runs } from '../kit/random.ts';
import { suite } from '../kit/suite.ts';

const apiGroup = 'rbac.authorization.k8s.io';

suite('subjects', (test) => {
  for (const [text, expected] of [
    ['Kubernetes', { apiGroup, kind: 'User', name: 'Kubernetes' }],
    ['user:Kubernetes', { apiGroup, kind: 'User', name: 'Kubernetes' }],
    ['user:user:x', { apiGroup, kind: 'User', name: 'user:x' }],
    ['oidc:jane', { apiGroup, kind: 'User', name: 'oidc:jane' }],
    ['group:devs', { apiGroup, kind: 'Group', name: 'devs' }],
    [
      'serviceaccount:monitoring:prometheus',
      { kind: 'ServiceAccount', name: 'prometheus', namespace: 'monitoring' },
    ],
    [
      'system:serviceaccount:monitoring:prometheus',
      { kind: 'ServiceAccount', name: 'prometheus', namespace: 'monitoring' },
    ],
    [
      'user:system:serviceaccount:monitoring:prometheus',
      { kind: 'ServiceAccount', name: 'prometheus', namespace: 'monitoring' },
    ],
    // No service account can have this name.
    [
      'user:system:serviceaccount:A:b',
      { apiGroup, kind: 'User', name: 'system:serviceaccount:A:b' },
    ],
    ['user:system:serviceaccount:a', { apiGroup, kind: 'User', name: 'system:serviceaccount:a' }],
    ['serviceaccount:prometheus', undefined],
    ['serviceaccount:a:b:c', undefined],
    ['user:', undefined],
    ['', undefined],
  ] as const)
    test(`"${text}" is ${expected ? `${expected.kind} ${expected.name}` : 'no subject'}`, () =>
      assert.equal(parseSubject(text), expected));

  test('parses each formatted user, with any name', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1, unit: anyCharacter }), (name) => {
        assert.equal(parseSubject(formatSubject(user(name))), user(name));
      }),
    );
  });

  test('treats two subjects as the same exactly if the API server authenticates them as one user or group', () => {
    const part = fc.constantFrom('a', 'b', 'system', 'serviceaccount', 'a.b');
    const userName = fc.array(part, { minLength: 1, maxLength: 5 }).map((parts) => parts.join(':'));
    const subject = fc.oneof(
      userName.map(user),
      userName.map((name) => ({ apiGroup, kind: 'Group', name })),
      fc.record({ kind: fc.constant('ServiceAccount'), namespace: part, name: part }),
    );
    fc.assert(
      fc.property(subject, subject, (a, b) => {
        const same = JSON.stringify(reviewedUser(a)) === JSON.stringify(reviewedUser(b));
        assert.is(sameSubject(a, b), same);
        assert.is(subjectKey(a) === subjectKey(b), same);
        const parsed = parseSubject(formatSubject(a));
        if (parsed) assert.ok(sameSubject(parsed, a));
      }),
      runs(5000),
    );
  });

  for (const text of ['serviceaccount:monitoring:prometheus', 'user:jane', 'user:system:node:n'])
    test(`the user name of ${text} gives the same subject`, () => {
      const subject = parseSubject(text);
      assert.ok(subject);
      assert.equal(subjectOf(reviewedUser(subject).user ?? ''), subject);
    });

  test('compares names byte by byte, including names that are never granted access', () => {
    assert.is(neverGranted(user('System:anonymous')), undefined);
  });
});
