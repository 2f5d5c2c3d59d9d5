import * as assert from 'uvu/assert';
import { parseApiServerRefusal, parseKubeletRefusal } from '../../src/kubelet/refusal.ts';
import { suite } from '../kit/suite.ts';

const table: readonly (readonly [string, string, ReturnType<typeof parseKubeletRefusal>])[] = [
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
  ['something else', 'Unauthorized', undefined],
];

suite('refusals', (test) => {
  for (const [title, text, expected] of table)
    test(`reads ${title}`, () => assert.equal(parseKubeletRefusal(text), expected));

  test("reads the API server's refusal of its caller", () => {
    const words =
      'nodes "n" is forbidden: User "oidc:a "b"" cannot get resource "nodes/proxy" in API group "" at the cluster scope';
    assert.equal(parseApiServerRefusal(words), {
      user: 'oidc:a "b"',
      verb: 'get',
      resource: 'nodes/proxy',
    });
    assert.is(parseApiServerRefusal('nodes "n" not found'), undefined);
  });
});
