import * as assert from 'uvu/assert';
import { askGates } from '../../../src/kube/kubelet-client/ask-gates.ts';
import { answerJson, withFakeApiServer } from '../../kit/fake-api-server.ts';
import { suite } from '../../kit/suite.ts';

suite('the request whether a kubelet checks finer permissions', (test) => {
  test('is not sent again after the API server has denied it', () =>
    withFakeApiServer(
      (_, response) => {
        const words =
          'User "u" cannot get resource "nodes/proxy" in API group "" at the cluster scope';
        const message = `nodes "n" is forbidden: ${words}`;
        answerJson(response, { kind: 'Status', code: 403, reason: 'Forbidden', message }, 403);
      },
      async (apiServer, lines) => {
        const nodes = Array.from({ length: 500 }, (_, index) => ({
          metadata: { name: `node-${index}` },
          status: { nodeInfo: { kubeletVersion: 'v1.34.0' } },
        }));
        const asked = await askGates(apiServer, nodes, new AbortController().signal);
        assert.is(asked.length, 500);
        assert.ok(
          asked.every(
            ({ gate }) => 'unknown' in gate && / cannot get resource /.test(gate.unknown),
          ),
        );
        // At most 32 requests are sent before the first denial arrives.
        assert.ok(lines.length < 250, `${lines.length}`);
      },
    ));
});
