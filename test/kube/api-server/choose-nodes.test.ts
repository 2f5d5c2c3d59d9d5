import * as assert from 'uvu/assert';
import { chooseNodes } from '../../../src/kube/api-server/choose-nodes.ts';
import { answerJson, withFakeApiServer } from '../../kit/fake-api-server.ts';
import { suite } from '../../kit/suite.ts';

const names = Array.from({ length: 12 }, (_, index) => `node-${index}`);

/** Chooses the nodes of `names` from a list whose last item is `last`. */
async function chosen(last: object) {
  const items = [...names.slice(1).map((name) => ({ metadata: { name } })), last];
  let found: Awaited<ReturnType<typeof chooseNodes>> | undefined;
  await withFakeApiServer(
    (_, response) =>
      answerJson(response, { apiVersion: 'v1', kind: 'NodeList', metadata: {}, items }),
    async (apiServer) => {
      found = await chooseNodes(apiServer, { names, selector: '', role: '' });
    },
  );
  return found;
}

suite('named nodes', (test) => {
  test('are missing if the list does not contain them', async () => {
    const { missing = [] } = (await chosen({ metadata: { name: 'other' } })) ?? {};
    assert.equal(
      missing.map(({ node }) => node),
      ['node-0'],
    );
  });

  test('are not missing if they may be unreadable items of the list', async () => {
    const { nodes, missing, unreadable } = (await chosen({ metadata: 'node-0' })) ?? {};
    assert.is(nodes?.length, 11);
    assert.equal(missing ?? [], []);
    assert.ok(unreadable);
  });
});
