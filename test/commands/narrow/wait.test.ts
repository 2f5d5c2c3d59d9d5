import * as assert from 'uvu/assert';
import { account, binding, put, role, rule } from '../../kit/rbac.ts';
import { suite } from '../../kit/suite.ts';
import { inVirtualTime } from '../../kit/virtual-time.ts';
import { withSandbox } from '../../kit/with-sandbox.ts';

inVirtualTime();

suite('narrow --apply --wait', (test) => {
  test('adds rules, removes rules after the wait, and prints its hint once', () =>
    withSandbox(async (sandbox, tool) => {
      put(
        sandbox,
        role('dd', [rule('nodes/proxy,nodes/spec')]),
        binding('dd', 'dd', [account('agent', 'monitoring')]),
        {
          ...{ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'dd', namespace: 'monitoring' } },
          spec: {
            serviceAccountName: 'agent',
            containers: [{ name: 'dd', image: 'gcr.io/datadoghq/agent:7' }],
          },
        },
      );
      const { code, stderr } = await tool('narrow dd --apply --wait');
      assert.is(code, 0, stderr);
      assert.match(
        stderr,
        /\+ nodes\/pods,.*\n(?:.*\n)*waiting for 6m0s before anything is removed\n(?:.*\n)*.* - nodes\/spec get\n/,
      );
      assert.is(stderr.split('hint: nodes/proxy is needed only for').length, 2, stderr);
    }));
});
