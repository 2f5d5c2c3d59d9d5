import * as assert from 'uvu/assert';
import { learnKubeletClient } from '../../../src/kube/kubelet-client/learn-identity.ts';
import { withFakeApiServer } from '../../kit/fake-api-server.ts';
import { suite } from '../../kit/suite.ts';

const denial =
  'Forbidden (user=Kubernetes, verb=create, resource=nodes, subresource(s)=[checkpoint proxy])';

/**
 * Learns the identity of kube-apiserver from node-1, which answers with `text`. If `others` is given, there are two more nodes, which
 * answer with `others`.
 */
async function learned(text: string, others?: string): Promise<unknown> {
  let result: unknown;
  const names = others === undefined ? ['node-1'] : ['node-1', 'node-2', 'node-3'];
  await withFakeApiServer(
    ({ url = '' }, response) =>
      response
        .writeHead(403, { 'content-type': 'text/plain' })
        .end(url.includes('/node-1/') ? text : others),
    async (apiServer) => {
      const nodes = names.map((name) => ({ metadata: { name } }));
      result = await learnKubeletClient(apiServer, nodes).catch((error: unknown) => error);
    },
  );
  return result;
}

/** A denial as the API server words it. */
const denied = JSON.stringify({
  ...{ kind: 'Status', apiVersion: 'v1', status: 'Failure', reason: 'Forbidden', code: 403 },
  message:
    'nodes "node-1" is forbidden: User "mallory" cannot get resource "nodes/proxy" in API group "" at the cluster scope',
});

suite('the identity of kube-apiserver', (test) => {
  test('is the user that a kubelet denies', async () =>
    assert.equal(await learned(`${denial}\n`), { known: true, userName: 'Kubernetes' }));

  for (const text of [`<pre>${denial}</pre>`, `upstream: ${denial}`, `${denial}\nSupport ID 7`])
    test(`is not taken from a denial inside another text: ${JSON.stringify(text)}`, async () =>
      assert.match(String(await learned(text)), /: no kubelet named it/));

  test('is unknown if the API server denies the caller the requests to all nodes', async () =>
    assert.match(String(await learned(denied, denied)), 'cannot get resource "nodes/proxy"'));

  test('is known even if one kubelet sends a denial that looks like a denial of the API server', async () =>
    assert.equal(await learned(denied, `${denial}\n`), { known: true, userName: 'Kubernetes' }));
});
