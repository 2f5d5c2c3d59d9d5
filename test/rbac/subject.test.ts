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

/** A text, and the kind, name and namespace of its subject. No service account can have the names `A` and `a_b`. */
const texts = `
Kubernetes → User | Kubernetes
user:Kubernetes → User | Kubernetes
user:user:x → User | user:x
oidc:jane → User | oidc:jane
group:devs → Group | devs
serviceaccount:monitoring:prometheus → ServiceAccount | prometheus | monitoring
system:serviceaccount:monitoring:prometheus → ServiceAccount | prometheus | monitoring
user:system:serviceaccount:monitoring:prometheus → ServiceAccount | prometheus | monitoring
user:system:serviceaccount:A:b → User | system:serviceaccount:A:b
user:system:serviceaccount:a:a_b → User | system:serviceaccount:a:a_b
user:system:serviceaccount:a → User | system:serviceaccount:a
serviceaccount:prometheus → no subject
serviceaccount:a:b:c → no subject
user: → no subject
 → no subject
`;

suite('subjects', (test) => {
  for (const row of texts.trim().split('\n')) {
    const [text = '', ...parts] = row.split(/ → | \| /);
    const [kind = '', name = '', namespace] = parts;
    test(`"${text}" is ${kind} ${name}`, () => {
      const group = namespace === undefined ? { apiGroup } : { namespace };
      assert.equal(parseSubject(text), name === '' ? undefined : { ...group, kind, name });
    });
  }

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
    for (const name of ['anonymous', 'node:node-1'])
      assert.ok(neverGranted(user(`system:${name}`)), name);
    for (const name of ['unauthenticated', 'nodes'])
      assert.ok(neverGranted({ apiGroup, kind: 'Group', name: `system:${name}` }), name);
  });
});
