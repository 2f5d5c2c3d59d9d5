import * as assert from 'uvu/assert';
import { profileNames } from '../../../src/rbac/profiles.ts';
import { pairRule, put, role } from '../../kit/rbac.ts';
import { suite } from '../../kit/suite.ts';
import { withSandbox } from '../../kit/with-sandbox.ts';
import type { Sandbox } from '../../sandbox/sandbox.ts';

/** Lines of requests without the names of groups and versions. What is asked at once comes in any order. */
function requestsSince({ apiServer }: Sandbox, before: number): readonly string[] {
  return apiServer.requests
    .slice(before)
    .map(({ line }) => line.replace(/\?.*/, '').replace(/ .*\//, ' '))
    .sort();
}

suite('the requests of grant', (test) => {
  test('sends two reads, lists of roles and bindings, two writes with their dry runs and a last read for a new pair, and asks who grants', () =>
    withSandbox({ nodes: ['none'] }, async (sandbox, tool) => {
      const read = ['GET system%3Akube-apiserver', 'GET system%3Akube-apiserver-to-kubelet'];
      assert.is((await tool(['grant'])).code, 0);
      // One review is enough to see that something is not allowed yet.
      assert.equal(
        requestsSince(sandbox, 0).filter((line) => !/probe|healthz|nodes/.test(line)),
        [
          // The role again, once it is bound: a revoke may have taken it for unused.
          ...['GET clusterrolebindings', 'GET clusterroles', 'GET rolebindings'],
          ...[...read, ...read.slice(1)],
          ...['POST clusterrolebindings', 'POST clusterrolebindings'],
          ...['POST clusterroles', 'POST clusterroles'],
          ...['POST selfsubjectreviews', 'POST subjectaccessreviews'],
        ],
      );
    }));

  for (const profile of profileNames)
    for (const more of [[], ['--node', 'node-1']])
      if (profile !== 'builtin' || more.length === 0)
        test(`reads an unchanged pair by at most five requests: ${profile} ${more.join(' ')}`, () =>
          withSandbox({ nodes: ['none'] }, async (sandbox, tool) => {
            put(sandbox, role('system:kubelet-api-admin', [pairRule]));
            const args = ['grant', '--profile', profile, '--subject', 'user:jane', '--allow-exec'];
            assert.is((await tool([...args, ...more])).code, 0);
            const before = sandbox.apiServer.requests.length;
            assert.match((await tool([...args, ...more])).stdout, / unchanged\n.* unchanged\n$/);
            // Kubelets are asked as often as it takes to trust them, who kube-apiserver is.
            const requests = requestsSince(sandbox, before).filter((line) => !/probe/.test(line));
            assert.ok(requests.length <= 5, requests.join('\n'));
            assert.ok(requests.every((line) => line.startsWith('GET ')));
          }));
});
