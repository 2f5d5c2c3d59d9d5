import * as assert from 'uvu/assert';
import type { Kubelet } from '../../../src/kube/kubelet-client/client.ts';
import { findPodOfKubelet } from '../../../src/kube/kubelet-client/pods-of-kubelet.ts';
import { suite } from '../../kit/suite.ts';

const web = { namespace: 'default', name: 'web' };
const pod = { metadata: web, spec: { containers: [{ name: 'main' }] } };

/** Returns a kubelet that answers GET /pods with `text`. */
function answering(text: string): Kubelet {
  const answer = { status: 200, text };
  const where = { hop: 'caller-to-kubelet', address: '10.0.0.1:10250', node: 'node-1' } as const;
  const own = { where, label: 'kubelet of node-1', send: async () => answer };
  return { ...own, read: async () => answer } as unknown as Kubelet;
}

suite('a pod of a kubelet', (test) => {
  test("is found in the kubelet's list", async () => {
    const list = JSON.stringify({ kind: 'PodList', items: [{ metadata: {} }, pod] });
    assert.is((await findPodOfKubelet(answering(list), web)).metadata.name, 'web');
  });

  test('is not found on a node without pods', async () => {
    const asked = findPodOfKubelet(answering('{"kind":"PodList","items":null}'), web);
    const error = await asked.catch((thrown: unknown) => thrown);
    assert.match(String(error), /runs no pod default\/web/);
  });

  for (const text of [
    '{}',
    '{"kind":"Status"}',
    'null',
    '[]',
    '<html>',
    '{"kind":"PodList","items":1}',
  ])
    test(`is not reported as absent if the response is not a list: ${text}`, async () => {
      const error = await findPodOfKubelet(answering(text), web).catch((thrown: unknown) => thrown);
      assert.match(
        String(error),
        /answered GET \/pods with no list of pods: (?:not JSON|of another kind)$/,
      );
    });
});
