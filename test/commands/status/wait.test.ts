import * as assert from 'uvu/assert';
import { suite } from '../../kit/suite.ts';
import { inVirtualTime } from '../../kit/virtual-time.ts';
import { waitFor } from '../../kit/wait-for.ts';
import { withSandbox } from '../../kit/with-sandbox.ts';

inVirtualTime();

const verdictOf = (stdout: string) => (JSON.parse(stdout) as { verdict: string }).verdict;

suite('status --wait', (test) => {
  test('exits with 0 as soon as access is granted, and prints one report', () =>
    withSandbox(async (sandbox, tool) => {
      const waiting = tool('status --wait -o json');
      await waitFor('a check', 100_000, () => sandbox.apiServer.count('proxied') > 0);
      assert.is((await tool('grant')).code, 0);
      const { code, stdout, stderr } = await waiting;
      assert.equal([code, verdictOf(stdout), stderr], [0, 'ok', '']);
    }));

  test('ends after its time with the exit code of the last check', () =>
    withSandbox(async (_, tool) => {
      const before = performance.now();
      const { code, stdout } = await tool('status --wait=1m -o json');
      assert.equal([code, verdictOf(stdout)], [3, 'access-missing']);
      assert.ok(performance.now() - before > 50_000);
    }));

  test('waits while the API server cannot be reached, and then fails with the last error', () =>
    withSandbox(async (sandbox, tool) => {
      await sandbox.apiServer.stop();
      const { code, stderr } = await tool('status --wait=10s');
      assert.is(code, 1);
      assert.match(stderr, /^error: cannot reach the API server /);
    }));
});
