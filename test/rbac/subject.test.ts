import fc from 'fast-check';
import * as assert from 'uvu/assert';
import {
  formatSubject,
  neverGranted,
  parseSubject,
  reviewedUser,
  subjectOf,
  user,
} from '../../src/rbac/subject.ts';
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
    ['serviceaccount:prometheus', undefined],
    ['serviceaccount:a:b:c', undefined],
    ['user:', undefined],
    ['', undefined],
  ] as const)
    test(`"${text}" is ${expected ? `${expected.kind} ${expected.name}` : 'no subject'}`, () =>
      assert.equal(parseSubject(text), expected));

  test('parses what it formats, whatever the name', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1, unit: 'binary' }), (name) => {
        assert.equal(parseSubject(formatSubject(user(name))), user(name));
      }),
    );
  });

  for (const text of ['serviceaccount:monitoring:prometheus', 'user:jane', 'user:system:node:n'])
    test(`${text} is the subject of its user name`, () => {
      const subject = parseSubject(text);
      assert.ok(subject);
      assert.equal(subjectOf(reviewedUser(subject).user ?? ''), subject);
    });

  for (const text of [
    'system:anonymous',
    'system:node:node-1',
    'group:system:unauthenticated',
    'group:system:nodes',
  ])
    test(`${text} is never granted`, () => {
      const subject = parseSubject(text);
      assert.ok(subject && neverGranted(subject));
    });

  test('compares names byte for byte, also those never granted', () => {
    assert.is(neverGranted(user('System:anonymous')), undefined);
  });
});
