import * as assert from 'uvu/assert';
import { type Obstacle, type Obstructed, withObstacle } from '../kit/obstacle.ts';
import { pairRule } from '../kit/rbac.ts';
import { suite } from '../kit/suite.ts';
import { withFiles } from '../kit/temporary.ts';
import { foundNote, reads, type TimedRun, timedRun } from '../kit/timed-run.ts';
import { inVirtualTime } from '../kit/virtual-time.ts';
import { allow, withSandbox } from '../kit/with-sandbox.ts';

inVirtualTime();

interface Remembering extends Obstructed {
  readonly run: TimedRun;
}

const withMemory = (obstacle: Obstacle, use: (remembering: Remembering) => Promise<void>) =>
  withFiles({}, (home) =>
    withObstacle(obstacle, {}, (obstructed) => {
      allow(obstructed.sandbox, 'Kubernetes', [pairRule]);
      return use({ ...obstructed, run: timedRun(obstructed.sandbox, home) });
    }),
  );

const tally = '2 of 2 nodes answered\n';

suite('a remembered path', (test) => {
  test('is used by all later commands, silently and without a new attempt', () =>
    withMemory('unauthorized', async ({ run, seen }) => {
      reads(await run('top nodes'), foundNote);
      const called = seen.length;
      reads(await run('top nodes'), tally);
      reads(await run('curl /healthz --node node-1'));
      reads(await run('logs web'));
      reads(await run('node-logs'), tally);
      reads(await run('get configz -o json'), tally);
      assert.is(seen.length, called);
      reads(await run('top nodes -v=1'), /^note: kubelets are .* \(as found out earlier\)\n/);
    }));

  test('saves later commands the wait of a second for dropped packets', () =>
    withMemory('black-hole', async ({ run }) => {
      const [first, second] = [await run('logs web'), await run('top nodes')];
      assert.ok(first.ms >= 1000 && first.ms < 1500, `${first.ms} ms`);
      assert.ok(second.ms < 500, `${second.ms} ms`);
    }));

  test('is not used by commands with kubelet flags', () =>
    withMemory('unauthorized', async ({ run, seen }) => {
      const flags = ['--kubelet-preferred-address-types', 'ExternalIP'];
      reads(await run(['top', 'nodes', ...flags]), foundNote);
      const called = seen.length;
      reads(await run('top nodes'), foundNote);
      assert.ok(seen.length > called);
      reads(await run(['top', 'nodes', ...flags]), foundNote);
    }));

  for (const line of ['top nodes --via direct', 'logs web --via direct', 'status'])
    test(`is renewed by ${line}`, () =>
      withMemory('refused', async ({ run, clear }) => {
        await run('top nodes');
        await run(line);
        reads(await run('top nodes'), tally);
        clear();
        assert.is((await run('top nodes')).proxied, 4);
        reads(await run(line), /.*/);
        const later = await run('top nodes');
        reads(later, tally);
        assert.is(later.proxied, 0);
      }));

  test('is forgotten if kubelets can no longer be reached', () =>
    withMemory('refused', async ({ run, clear, sandbox }) => {
      const away = sandbox.store.list('nodes');
      clear();
      assert.is((await run('top nodes')).proxied, 0);
      for (const node of away) sandbox.store.put('nodes', node);
      const lost = await run('curl /healthz --node node-1');
      assert.equal([lost.code, lost.proxied], [1, 0]);
      assert.match(
        lost.stderr,
        'hint: other kubelets are reached directly; through the API server: ',
      );
      reads(await run('top nodes'), foundNote);
    }));

  for (const line of ['status node-1', 'curl /healthz --node node-1 --via direct'])
    test(`stays direct after ${line} has called a dead node`, () =>
      withFiles({}, (home) =>
        withSandbox({ nodes: ['black-hole', 'none', 'none', 'none'] }, async (sandbox) => {
          allow(sandbox, 'Kubernetes', [pairRule]);
          const run = timedRun(sandbox, home);
          await run(line);
          const { ms, proxied } = await run('top nodes');
          assert.equal([proxied, ms < 5000], [0, true], `${ms} ms`);
        }),
      ));
});
