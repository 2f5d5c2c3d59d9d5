import * as assert from 'uvu/assert';
import { denialAtEnd, parseKubeletDenial } from '../../src/kubelet/denial.ts';
import { parseApiServerDenial } from '../../src/rbac/api-server-denial.ts';
import { fc } from '../kit/fast-check.ts';
import { runs } from '../kit/random.ts';
import { suite } from '../kit/suite.ts';

const table: readonly (readonly [string, string, ReturnType<typeof parseKubeletDenial>])[] = [
  [
    'the old form',
    'Forbidden (user=Kubernetes, verb=get, resource=nodes, subresource=proxy)',
    { user: 'Kubernetes', verb: 'get', resource: 'nodes', subresources: ['proxy'] },
  ],
  [
    'the new form, with a line end',
    'Forbidden (user=dev, verb=get, resource=nodes, subresource(s)=[pods proxy])\n',
    { user: 'dev', verb: 'get', resource: 'nodes', subresources: ['pods', 'proxy'] },
  ],
  [
    "kubectl's line for logs, broken before the resource",
    'Error from server (Forbidden): Forbidden (user=k, verb=get, resource=nodes, subresource(s)=[proxy])\n ( pods/log web)',
    { user: 'k', verb: 'get', resource: 'nodes', subresources: ['proxy'] },
  ],
  [
    'a user name with commas and a colon',
    'Forbidden (user=CN=a, verb=x,O=b:c, verb=create, resource=nodes, subresource=stats)',
    { user: 'CN=a, verb=x,O=b:c', verb: 'create', resource: 'nodes', subresources: ['stats'] },
  ],
  [
    'no verb, as for HEAD',
    'Forbidden (user=a, verb=, resource=nodes, subresource(s)=[metrics])\n',
    { user: 'a', verb: '', resource: 'nodes', subresources: ['metrics'] },
  ],
  ['no denial in another text', 'Unauthorized', undefined],
];

suite('the parser of denials', (test) => {
  for (const [title, text, expected] of table)
    test(`reads ${title}`, () => assert.equal(parseKubeletDenial(text), expected));

  for (const [title, words, expected] of [
    [
      'for a node, of a user with quotes in the name',
      String.raw`nodes "n" is forbidden: User "oidc:a \"b\"" cannot get resource "nodes/proxy" in API group "" at the cluster scope`,
      { user: 'oidc:a "b"', verb: 'get', resource: 'nodes/proxy', apiGroup: '', name: 'n' },
    ],
    [
      'for create, without an object name',
      'clusterroles.rbac.authorization.k8s.io is forbidden: User "dev" cannot create resource "clusterroles" in API group "rbac.authorization.k8s.io" at the cluster scope',
      {
        user: 'dev',
        verb: 'create',
        resource: 'clusterroles',
        apiGroup: 'rbac.authorization.k8s.io',
      },
    ],
    [
      'in a namespace, with a reason after it',
      'pods "p" is forbidden: User "dev" cannot get resource "pods/log" in API group "" in the namespace "kube-system": RBAC: clusterrole.rbac.authorization.k8s.io "x" not found',
      {
        user: 'dev',
        verb: 'get',
        resource: 'pods/log',
        apiGroup: '',
        name: 'p',
        namespace: 'kube-system',
      },
    ],
    [
      'of a user whose name has HTML entities',
      'nodes "n" is forbidden: User "a&amp;lt;b&gt;" cannot get resource "nodes" in API group "" at the cluster scope',
      { user: 'a&lt;b>', verb: 'get', resource: 'nodes', apiGroup: '', name: 'n' },
    ],
  ] as const)
    test(`reads the API server's denial ${title}`, () =>
      assert.equal(parseApiServerDenial(words), expected));

  test('reads a denial at the end of another message, and not in the middle', () => {
    const words = 'Forbidden (user=a, verb=create, resource=nodes, subresource=proxy)';
    const inner = `Forbidden (user=${words}, verb=get, resource=nodes, subresource=proxy)`;
    for (const [text, expected] of [
      [words, words],
      [`unable to upgrade connection: ${words}\n`, words],
      [`unable to upgrade connection: ${inner}`, inner],
      [`${words} and more`, undefined],
      [`${words}\nand more (or less)`, undefined],
      ['Forbidden (user=a)', undefined],
      ['', undefined],
    ] as const)
      assert.is(denialAtEnd(text), expected, text);
  });

  test('does not read another error of the API server as a denial', () => {
    assert.is(parseApiServerDenial('nodes "n" not found'), undefined);
  });

  test('the parsers find the same denials as simple but slow patterns', () => {
    const goString = String.raw`"(?:[^"\\]|\\.)*"`;
    const kubelet =
      /Forbidden \(user=(.*), verb=([a-z]*), resource=([a-z]*), subresource(?:\(s\)=\[([a-z ]*)\]|=([a-z]*))\)/;
    const apiServer = new RegExp(
      `(?:(${goString}) is forbidden: )?User (${goString}) cannot (\\S+) resource "([^"]+)" in API group "([^"]*)"(?: in the namespace "([^"]*)")?`,
      's',
    );
    const pieces = fc.array(
      fc.constantFrom(
        ...'Forbidden (user=|a|, verb=get|, resource=nodes|, subresource=proxy)|\n|"|\\| |(|)'.split(
          '|',
        ),
        ...', subresource(s)=[pods proxy])|, verb=|User |User "a"| cannot |get| resource "x"'.split(
          '|',
        ),
        ...' resource "| in API group ""| in the namespace "n"|"n" is forbidden: '.split('|'),
        ...' is forbidden: |nodes "n\\"" is forbidden: |\\"'.split('|'),
      ),
      { maxLength: 24 },
    );
    const whole = fc.constantFrom(
      'Forbidden (user=a, verb=get, resource=nodes, subresource=proxy)',
      'nodes "n" is forbidden: User "a" cannot get resource "nodes/proxy" in API group "" in the namespace "n"',
    );
    fc.assert(
      fc.property(pieces, whole, pieces, (before, middle, after) => {
        const text = [...before, middle, ...after].join('');
        const [, user, verb, resource, several, single] = kubelet.exec(text) ?? [];
        const denial = parseKubeletDenial(text);
        assert.equal(
          denial && [denial.user, denial.verb, denial.resource, denial.subresources.join(' ')],
          user === undefined ? undefined : [user, verb, resource, (several ?? single ?? '').trim()],
        );
        const expected = apiServer.exec(text);
        const found = parseApiServerDenial(text);
        assert.is(found === undefined, expected === null);
        assert.equal(
          found && [
            found.verb,
            found.resource,
            found.apiGroup,
            found.namespace,
            found.name !== undefined,
          ],
          expected
            ? [expected[3], expected[4], expected[5], expected[6], expected[1] !== undefined]
            : undefined,
        );
      }),
      runs(3000),
    );
  });
});
