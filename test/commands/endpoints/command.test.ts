import * as assert from 'uvu/assert';
import { binding, group, put, role, rule, serviceAccount } from '../../kit/rbac.ts';
import { suite } from '../../kit/suite.ts';
import { allow, withSandbox } from '../../kit/with-sandbox.ts';
import type { Sandbox } from '../../sandbox/sandbox.ts';

const as = ['--as-serviceaccount', 'monitoring/agent'];
const list = ['endpoints', 'node-1', ...as];

function withAgent(sandbox: Sandbox): void {
  sandbox.store.put('serviceaccounts', serviceAccount('agent', 'monitoring'));
}

suite('endpoints NODE --as-serviceaccount', (test) => {
  test('shows the permissions of the service account, not of the caller', () =>
    withSandbox(async (sandbox, tool) => {
      withAgent(sandbox);
      allow(sandbox, 'system:serviceaccount:monitoring:agent', [rule('nodes/stats')]);
      const { code, stdout, stderr } = await tool(list);
      assert.equal([code, stderr], [0, '']);
      assert.match(stdout, /\/stats\/summary +summary +only get +nodes\/stats/);
      assert.match(stdout, /\/metrics +metrics +no +nodes\/metrics/);
      const all = group('system:serviceaccounts:monitoring');
      put(sandbox, role('all', [rule('nodes/metrics')]), binding('all', 'all', [all]));
      assert.match((await tool(list)).stdout, /\/metrics +metrics +yes +nodes\/metrics/);
    }));

  test('requests no token, and sends nothing to the kubelet', () =>
    withSandbox(async (sandbox, tool) => {
      withAgent(sandbox);
      assert.is((await tool(list)).code, 0);
      const lines = sandbox.apiServer.requests.map(({ line }) => line);
      assert.not.ok(lines.some((line) => line.includes('/token')));
      assert.equal(
        sandbox.kubelets.flatMap(({ requests }) => requests),
        [],
      );
    }));

  test('shows unknown, with a note that says why, if the caller may not review the service account', () =>
    withSandbox(async (sandbox, tool) => {
      withAgent(sandbox);
      const { code, stdout, stderr } = await tool(list, 'dev');
      assert.is(code, 0, stderr);
      assert.match(stdout, /\/stats\/summary +summary +unknown +\S+/);
      assert.match(
        stderr,
        'note: what monitoring/agent is allowed is unknown: you may not create subjectaccessreviews\n',
      );
    }));
});
