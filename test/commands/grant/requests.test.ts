import * as assert from 'uvu/assert';
import { suite } from '../../kit/suite.ts';
import { withSandbox } from '../../kit/with-sandbox.ts';

suite('the requests of grant', (test) => {
  test('sends two reads, two lists of bindings, two writes with their dry runs and a last read for a new pair, and reads an existing one', () =>
    withSandbox({ nodes: ['none'] }, async (sandbox, tool) => {
      const seen = async () => {
        const before = sandbox.apiServer.requests.length;
        assert.is((await tool(['grant'])).code, 0);
        return (
          sandbox.apiServer.requests
            .slice(before)
            .map(({ line }) => line.replace(/\?.*/, '').replace(/ .*\//, ' '))
            .filter((line) => !/probe|healthz|nodes/.test(line))
            // What is asked at once comes in any order.
            .sort()
        );
      };
      const read = ['GET system%3Akube-apiserver', 'GET system%3Akube-apiserver-to-kubelet'];
      // One review is enough to see that something is not allowed yet.
      assert.equal(await seen(), [
        // The role again, once it is bound: a revoke may have taken it for unused.
        ...['GET clusterrolebindings', 'GET rolebindings', ...read, ...read.slice(1)],
        ...['POST clusterrolebindings', 'POST clusterrolebindings'],
        ...['POST clusterroles', 'POST clusterroles', 'POST subjectaccessreviews'],
      ]);
      assert.equal(
        (await seen()).filter((line) => line !== 'POST subjectaccessreviews'),
        read,
      );
    }));
});
