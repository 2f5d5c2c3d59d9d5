import * as assert from 'uvu/assert';
import { profileNames } from '../../../src/rbac/profiles.ts';
import { pairRule, put, role } from '../../kit/rbac.ts';
import { suite } from '../../kit/suite.ts';
import { withSandbox } from '../../kit/with-sandbox.ts';
import type { Sandbox } from '../../sandbox/sandbox.ts';

/** Returns the sorted lines of requests, without groups and versions: concurrent requests arrive in any order. */
function requestsSince({ apiServer }: Sandbox, before: number): readonly string[] {
  return apiServer.requests
    .slice(before)
    .map(({ line }) => line.replace(/\?.*/, '').replace(/ .*\//, ' '))
    .sort();
}

suite('the requests of grant', (test) => {
  test('are reads of the role and binding, two lists, two reviews, two writes with dry runs, and a last read for a new grant', () =>
    withSandbox({ nodes: ['none'] }, async (sandbox, tool) => {
      const read = ['GET system%3Akube-apiserver', 'GET system%3Akube-apiserver-to-kubelet'];
      assert.is((await tool(['grant'])).code, 0);
      // One SubjectAccessReview is enough to see that a permission is missing.
      assert.equal(
        requestsSince(sandbox, 0).filter((line) => !/probe|healthz|nodes/.test(line)),
        [
          // grant reads the role again after the bindings, and after it wrote the binding, because a concurrent revoke may have deleted the unused role.
          ...['GET clusterrolebindings', 'GET clusterroles'],
          ...[...read, ...read.slice(1), ...read.slice(1)],
          ...['POST clusterrolebindings', 'POST clusterrolebindings'],
          ...['POST clusterroles', 'POST clusterroles'],
          ...['POST selfsubjectreviews', 'POST subjectaccessreviews'],
        ],
      );
    }));

  for (const profile of profileNames)
    for (const more of [[], ['--node', 'node-1']])
      if (profile !== 'builtin' || more.length === 0)
        test(`are at most five if the role and binding need no change: ${profile} ${more.join(' ')}`, () =>
          withSandbox({ nodes: ['none'] }, async (sandbox, tool) => {
            put(sandbox, role('system:kubelet-api-admin', [pairRule]));
            const args = ['grant', '--profile', profile, '--subject', 'user:jane', '--allow-exec'];
            assert.is((await tool([...args, ...more])).code, 0);
            const before = sandbox.apiServer.requests.length;
            assert.match((await tool([...args, ...more])).stdout, / unchanged\n.* unchanged\n$/);
            // Ignores requests that find the name of kube-apiserver, because their number depends on the nodes.
            const requests = requestsSince(sandbox, before).filter((line) => !/probe/.test(line));
            assert.ok(requests.length <= 5, requests.join('\n'));
            assert.ok(requests.every((line) => line.startsWith('GET ')));
          }));
});
