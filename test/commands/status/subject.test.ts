import * as assert from 'uvu/assert';
import { account, binding, put, role, rule, serviceAccount } from '../../kit/rbac.ts';
import { concurrentSuite } from '../../kit/suite.ts';
import { withSandbox } from '../../kit/with-sandbox.ts';

concurrentSuite('status --subject', (test) => {
  test('accepts permissions on the named nodes alone, and never advises to grant access to more nodes', () =>
    withSandbox({ cacheMs: { denied: 1, allowed: 1 } }, async (_, tool) => {
      const jane = ['--profile', 'stats', '--subject', 'user:jane'];
      const check = (...more: readonly string[]) => tool(['status', ...jane, ...more]);
      const absent = await check('--node', 'node-1');
      assert.is(absent.code, 3);
      const advice =
        'kubectl kubeletaccess grant --profile stats --subject user:jane --node node-1\n';
      assert.match(absent.stdout, advice);
      assert.is((await tool(['grant', ...jane, '--node', 'node-1', '--for', '1h'])).code, 0);
      const { code, stdout } = await check('--node', 'node-1');
      assert.is(code, 0, stdout);
      assert.match(stdout, /clusterrolebinding\/kubeletaccess:stats@node-1:user:jane +present/);
      const ofAll = 'grant --profile stats --subject user:joe';
      assert.is((await tool(ofAll)).code, 0);
      const beside = await check('--node', 'node-1');
      assert.is(beside.code, 0);
      assert.match(
        beside.stdout,
        /clusterrolebinding\/kubeletaccess:stats@node-1:user:jane +present/,
      );
      assert.not.match(beside.stdout, 'something else');
      assert.is((await tool(ofAll.replace('grant', 'revoke'))).code, 0);
      const other = await check('node-1', 'node-2');
      assert.is(other.code, 3);
      assert.match(other.stdout, advice.replace('\n', ' --node node-2\n'));
      const everywhere = await check();
      assert.is(everywhere.code, 3);
      assert.match(
        everywhere.stdout,
        `* user:jane lacks get nodes/stats on all nodes: it is limited to some
  ClusterRoleBinding kubeletaccess:stats@node-1:user:jane gives it on node-1 alone
  run: kubectl kubeletaccess status node-1 --profile stats --subject user:jane
`,
      );
      const wider = await tool('status --subject user:jane');
      assert.match(wider.stdout, '* user:jane lacks get nodes/proxy, create nodes/proxy');
      assert.not.match(wider.stdout, 'it is limited to some');
      assert.is((await tool(['grant', ...jane])).code, 0);
      assert.is((await check('node-1', 'node-2')).code, 0);
    }));

  test('says what the verdict does not cover if kubelets cannot be called directly', () =>
    withSandbox({ nodes: ['self-signed-alone'] }, async (sandbox, tool) => {
      put(sandbox, serviceAccount('prom', 'mon'));
      put(sandbox, role('stats', [rule('nodes,nodes/stats', 'get,list')]));
      put(sandbox, binding('stats', 'stats', [account('prom', 'mon')]));
      const { code, stdout } = await tool(
        'status --profile stats --subject serviceaccount:mon:prom',
      );
      assert.is(code, 0, stdout);
      assert.match(
        stdout,
        /\* warning: the verdict is about permissions alone: directly, .* \(self-signed-certificate\)/,
        stdout,
      );
    }));
});
