import * as assert from 'uvu/assert';
import { parseEscalation } from '../../src/rbac/escalation.ts';
import { fc } from '../kit/fast-check.ts';
import { suite } from '../kit/suite.ts';

const attempt = 'is attempting to grant RBAC permissions not currently held:\n';

const table: readonly (readonly [string, string, ReturnType<typeof parseEscalation>])[] = [
  [
    'the denial of a role by 1.31 and 1.37',
    `clusterroles.rbac.authorization.k8s.io "system:kube-apiserver-to-kubelet" is forbidden: user "facts-cr" (groups=["facts" "system:authenticated"]) ${attempt}{APIGroups:[""], Resources:["nodes/log"], Verbs:["*"]}\n{APIGroups:[""], Resources:["nodes/metrics"], Verbs:["*"]}`,
    {
      user: 'facts-cr',
      groups: ['facts', 'system:authenticated'],
      missing: [
        { apiGroups: [''], resources: ['nodes/log'], verbs: ['*'] },
        { apiGroups: [''], resources: ['nodes/metrics'], verbs: ['*'] },
      ],
    },
  ],
  [
    'a binding, with several verbs',
    `clusterrolebindings.rbac.authorization.k8s.io "system:kube-apiserver" is forbidden: user "dev" (groups=["system:authenticated"]) ${attempt}{APIGroups:[""], Resources:["nodes"], Verbs:["get" "list" "watch" "proxy"]}`,
    {
      user: 'dev',
      groups: ['system:authenticated'],
      missing: [
        { apiGroups: [''], resources: ['nodes'], verbs: ['get', 'list', 'watch', 'proxy'] },
      ],
    },
  ],
  [
    'names, paths, and errors after the last rule',
    `clusterroles.rbac.authorization.k8s.io "x" is forbidden: user "dev" (groups=[]) ${attempt}{APIGroups:["apps"], Resources:["deployments"], ResourceNames:["a, b"], Verbs:["get"]}\n{NonResourceURLs:["/logs/*"], Verbs:["get"]}; resolution errors: [clusterroles.rbac.authorization.k8s.io "{gone}" not found]`,
    {
      user: 'dev',
      groups: [],
      missing: [
        {
          apiGroups: ['apps'],
          resources: ['deployments'],
          resourceNames: ['a, b'],
          verbs: ['get'],
        },
        { nonResourceURLs: ['/logs/*'], verbs: ['get'] },
      ],
    },
  ],
  [
    'names that look like parts of a denial',
    String.raw`clusterroles.rbac.authorization.k8s.io "x" is forbidden: user "a\" (groups=[\"b\\" (groups=["é]) \u200b" "\x01\U000e0001"]) ` +
      String.raw`${attempt}{APIGroups:["\"], Verbs:[\"get"], Resources:["}\n{"], Verbs:["*"]}`,
    {
      user: 'a" (groups=["b\\',
      groups: ['é]) \u200b', '\x01\u{e0001}'],
      missing: [{ apiGroups: ['"], Verbs:["get'], resources: ['}\n{'], verbs: ['*'] }],
    },
  ],
  [
    'nothing in a plain denial',
    'clusterroles.rbac.authorization.k8s.io is forbidden: User "dev" cannot create resource "clusterroles" in API group "rbac.authorization.k8s.io" at the cluster scope',
    undefined,
  ],
  [
    'nothing in a denial without rules',
    `clusterroles.rbac.authorization.k8s.io "x" is forbidden: user "dev" (groups=[]) ${attempt}`,
    undefined,
  ],
  [
    'nothing in a denial of an aggregation rule',
    'clusterroles.rbac.authorization.k8s.io "x" is forbidden: must have cluster-admin privileges to use the aggregationRule',
    undefined,
  ],
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
