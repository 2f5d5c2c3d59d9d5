import * as assert from 'uvu/assert';
import { suite } from '../../kit/suite.ts';
import { withSandbox } from '../../kit/with-sandbox.ts';
import { inMasters } from '../../sandbox/sandbox.ts';

const web = ['web', '--allow-exec'];

suite('exec', (test) => {
  test('prints both outputs of a command separately, and exits with its code', () =>
    withSandbox(async (_, tool) => {
      const echo = await tool(['exec', ...web, '--', 'echo', 'a', 'b c']);
      assert.equal([echo.code, echo.stdout, echo.stderr], [0, 'a b c\n', '']);
      const warn = await tool(['exec', ...web, '--', 'warn', 'careful']);
      assert.equal([warn.code, warn.stdout, warn.stderr], [0, '', 'careful\n']);
      for (const code of [1, 42, 137])
        assert.is((await tool(['exec', ...web, '--', 'exit', String(code)])).code, code);
    }));

  test('finds the pod in the kubelet of --node or --address', () =>
    withSandbox(async ({ kubelets, apiServer }, tool) => {
      const byNode = await tool('exec web --allow-exec --node node-1 -- echo hi');
      assert.equal([byNode.code, byNode.stdout, byNode.stderr], [0, 'hi\n', '']);
      await apiServer.stop();
      const address = `127.0.0.1:${kubelets[0]?.port}`;
      const byAddress = await tool(`exec web --allow-exec --address ${address} -- echo hi`);
      assert.equal([byAddress.code, byAddress.stdout, byAddress.stderr], [0, 'hi\n', '']);
    }));

  for (const via of ['direct', 'apiserver'])
    test(`sends all of standard input (${via})`, () =>
      withSandbox(inMasters, async (_, tool) => {
        const stdin = 'line\n'.repeat(100_000);
        const line = `exec -i web --allow-exec --via ${via} -- cat`;
        const { code, stdout, stderr } = await tool(line, 'admin', { stdin });
        assert.equal([code, stdout.length, stderr], [0, stdin.length, '']);
        assert.ok(stdout === stdin);
      }));
});
