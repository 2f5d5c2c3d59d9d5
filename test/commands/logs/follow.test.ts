import * as assert from 'uvu/assert';
import { follow } from '../../kit/follow.ts';
import { concurrentSuite } from '../../kit/suite.ts';
import { allow, withSandbox } from '../../kit/with-sandbox.ts';

const rules = [{ apiGroups: [''], resources: ['nodes/log', 'nodes/proxy'], verbs: ['get'] }];

concurrentSuite('logs POD: the log of a container', (test) => {
  for (const via of ['direct', 'apiserver'])
    test(`is followed until it ends (${via})`, () =>
      withSandbox((sandbox) => {
        allow(sandbox, 'Kubernetes', rules);
        const args = ['logs', 'web', '--follow', '--tail', '1', '--via', via];
        return follow(sandbox, args, async ({ until, stdout, stderr, result }) => {
          const log = sandbox.kubelets[0]?.logs.web;
          await until(() => stdout() === 'hello from web\n');
          log?.append('more');
          await until(() => stdout() === 'hello from web\nmore\n');
          log?.end();
          assert.is((await result).code, 0);
          assert.is(stderr(), 'note: the log ended: its container has exited, or was replaced\n');
        });
      }));

  test('is followed until an interrupt, which exits 130 and is not called the end of the log', () =>
    withSandbox((sandbox) =>
      follow(sandbox, ['logs', 'web', '-f'], async ({ until, stdout, interrupt, result }) => {
        await until(() => stdout() === 'hello from web\n');
        interrupt();
        const { code, stderr } = await result;
        assert.equal([code, stderr], [130, '']);
      }),
    ));

  test('may be quiet for longer than --timeout while it is followed', () =>
    withSandbox((sandbox) => {
      const args = ['logs', 'web', '-f', '--tail', '0', '--timeout', '300ms'];
      return follow(sandbox, args, async ({ until, stdout, result }) => {
        await until(() => (sandbox.kubelets[0]?.requests.length ?? 0) > 0);
        await new Promise((resolve) => setTimeout(resolve, 900));
        sandbox.kubelets[0]?.logs.web.append('late');
        await until(() => stdout() === 'late\n');
        sandbox.kubelets[0]?.logs.web.end();
        assert.is((await result).code, 0);
      });
    }));

  test('is printed according to the options', () =>
    withSandbox(async (sandbox, tool) => {
      const stamped = await tool(['logs', 'web', '--timestamps', '--since', '90s']);
      assert.match(stamped.stdout, /^\d{4}-\S+Z hello from web\n$/);
      assert.is(
        sandbox.kubelets[0]?.requests.at(-1),
        'GET /containerLogs/default/web/web?timestamps=true&sinceSeconds=90',
      );
      const previous = await tool(['logs', 'web', '--previous']);
      assert.is(previous.code, 1);
      assert.match(previous.stderr, /with 400: previous terminated container "web"/);
      assert.equal(sandbox.kubelets[1]?.requests, []);
    }));
});
