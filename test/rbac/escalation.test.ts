import * as assert from 'uvu/assert';
import { parseEscalation } from '../../src/rbac/escalation.ts';
import { fc } from '../kit/fast-check.ts';
import { rule, rulesIn } from '../kit/rbac.ts';
import { suite } from '../kit/suite.ts';

const attempt = 'is attempting to grant RBAC permissions not currently held:\n';

/** The object that is denied. */
const role = 'clusterroles.rbac.authorization.k8s.io "x" is forbidden:';
const table: readonly (readonly [string, string, ReturnType<typeof parseEscalation>])[] = [
  [
    'the denial of a role by 1.31 and 1.37',
    `${role} user "facts-cr" (groups=["facts" "system:authenticated"]) ${attempt}{APIGroups:[""], Resources:["nodes/log"], Verbs:["*"]}\n{APIGroups:[""], Resources:["nodes/metrics"], Verbs:["*" "proxy"]}`,
    {
      user: 'facts-cr',
      groups: ['facts', 'system:authenticated'],
      missing: rulesIn('* nodes/log; *,proxy nodes/metrics'),
    },
  ],
  [
    'names, paths, and errors after the last rule',
    `${role} user "dev" (groups=[]) ${attempt}{APIGroups:["apps"], Resources:["deployments"], ResourceNames:["a, b"], Verbs:["get"]}\n{NonResourceURLs:["/logs/*"], Verbs:["get"]}; resolution errors: [clusterroles.rbac.authorization.k8s.io "{gone}" not found]`,
    {
      user: 'dev',
      groups: [],
      missing: [
        rule('deployments', 'get', { apiGroups: ['apps'], resourceNames: ['a, b'] }),
        ...rulesIn('get URL /logs/*'),
      ],
    },
  ],
  [
    'names that look like parts of a denial',
    String.raw`x is forbidden: user "a\" (groups=[\"b\\" (groups=["é]) \u200b" "\x01\U000e0001"]) ` +
      String.raw`${attempt}{APIGroups:["\"], Verbs:[\"get"], Resources:["}\n{"], Verbs:["*"]}`,
    {
      user: 'a" (groups=["b\\',
      groups: ['é]) \u200b', '\x01\u{e0001}'],
      missing: [rule('}\n{', '*', { apiGroups: ['"], Verbs:["get'] })],
    },
  ],
  ...[
    'User "dev" cannot create resource "clusterroles" in API group "rbac.authorization.k8s.io" at the cluster scope',
    `user "dev" (groups=[]) ${attempt}`,
    'must have cluster-admin privileges to use the aggregationRule',
  ].map((words) => [`nothing in: ${words.trim()}`, `${role} ${words}`, undefined] as const),
];

suite('denials of escalation', (test) => {
  for (const [title, words, expected] of table)
    test(`reads ${title}`, () => assert.equal(parseEscalation(words), expected));

  test('reads any names unchanged', () => {
    // JSON quotes printable text in the same way as Go's %q.
    const text = fc.string({ unit: fc.constantFrom(...'ab"\\[]{}(), :é\n\t') });
    const texts = fc.array(text, { minLength: 1, maxLength: 3 });
    const quoted = (list: readonly string[]) => list.map((each) => JSON.stringify(each)).join(' ');
    fc.assert(
      fc.property(text, texts, texts, texts, (user, groups, resources, verbs) => {
        const words = `x "y" is forbidden: user ${quoted([user])} (groups=[${quoted(groups)}]) ${attempt}{APIGroups:[""], Resources:[${quoted(resources)}], Verbs:[${quoted(verbs)}]}`;
        assert.equal(parseEscalation(words), {
          user,
          groups,
          missing: [{ apiGroups: [''], resources, verbs }],
        });
      }),
    );
  });
});
