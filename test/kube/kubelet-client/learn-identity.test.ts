import * as assert from 'uvu/assert';
import { learnKubeletClient } from '../../../src/kube/kubelet-client/learn-identity.ts';
import { withFakeApiServer } from '../../kit/fake-api-server.ts';
import { suite } from '../../kit/suite.ts';

const denial =
  'Forbidden (user=Kubernetes, verb=create, resource=nodes, subresource(s)=[checkpoint proxy])';

/** Who is learned where all nodes answer with this. */
async function learned(text: string): Promise<unknown> {
  let result: unknown;
  await withFakeApiServer(
    (_, response) => response.writeHead(403, { 'content-type': 'text/plain' }).end(text),
    async (apiServer) => {
      result = await learnKubeletClient(apiServer, [{ metadata: { name: 'node-1' } }]).catch(
        (error: unknown) => error,
      );
    },
  );
  return result;
}

suite('the identity of kube-apiserver', (test) => {
  test('is what a kubelet denies', async () =>
    assert.equal(await learned(`${denial}\n`), { known: true, userName: 'Kubernetes' }));

  for (const text of [`<pre>${denial}</pre>`, `upstream: ${denial}`, `${denial}\nSupport ID 7`])
    test(`is not taken from a text of others: ${JSON.stringify(text)}`, async () =>
      assert.match(String(await learned(text)), /: no kubelet named it/));
});
