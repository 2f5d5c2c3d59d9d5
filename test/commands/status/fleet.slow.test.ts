import * as assert from 'uvu/assert';
import { executable } from '../../../scripts/paths.ts';
import { outcomeOf } from '../../../src/commands/status/probe.ts';
import type { Report } from '../../../src/commands/status/report.ts';
import { runMeasured } from '../../kit/peak-bytes.ts';
import { sweeps } from '../../kit/random.ts';
import { suite } from '../../kit/suite.ts';
import type { RequestKind } from '../../sandbox/request-kind.ts';
import { type Sandbox, startSandbox } from '../../sandbox/sandbox.ts';
import { pair } from './given.ts';

const kinds: readonly RequestKind[] = ['list', 'get', 'proxied', 'review', 'write', 'other'];
const few = { nodes: 20, blackHoles: 1 };
const many = sweeps ? { nodes: 1000, blackHoles: 50 } : { nodes: 220, blackHoles: 12 };

async function check(fleet: typeof few, granted: boolean) {
  const sandbox: Sandbox = await startSandbox({
    minor: 37,
    fleet,
    cacheMs: { denied: 0, allowed: 0 },
  });
  try {
    if (granted) for (const put of pair()) put(sandbox);
    // Run status in another process, because this process runs all kubelets.
    const { code, stdout, peak } = await runMeasured(
      executable,
      ['status', '--timeout', '2m', '--parallel', '6', '-o', 'json'],
      { KUBECONFIG: sandbox.kubeconfigs.admin, HOME: sandbox.directory },
    );
    const count = Object.fromEntries(kinds.map((kind) => [kind, sandbox.apiServer.count(kind)]));
    const dead = sandbox.kubelets.filter(({ faults }) => faults.has('black-hole'));
    return { code, peak, count, report: JSON.parse(stdout) as Report, dead };
  } finally {
    await sandbox.stop();
  }
}

suite('status of a fleet', (test) => {
  for (const granted of [true, false])
    test(`checks ${many.nodes} nodes ${granted ? 'with' : 'without'} a grant in less than 300 MB, with as few requests per node as for a few nodes`, async () => {
      const [small, large] = await Promise.all([check(few, granted), check(many, granted)]);
      assert.ok(large.peak < 300e6, `it took ${large.peak} bytes`);
      if (process.platform === 'linux') assert.ok(large.peak > 0);

      const { verdict, nodes, findings } = large.report;
      const good = granted ? 'ok' : 'forbidden';
      assert.is(verdict, granted ? 'some-nodes-fail' : 'access-missing');
      assert.is(large.code, granted ? 4 : 3);
      assert.is(nodes.length, many.nodes);
      assert.is(
        nodes.filter(({ viaApiServer }) => outcomeOf(viaApiServer) === good).length,
        many.nodes - many.blackHoles,
      );
      const names = large.dead.map(({ name }) => name);
      assert.is(names.length, many.blackHoles);
      const found = findings.find(({ cause }) => cause === 'connection-timed-out');
      assert.equal(found?.nodeNames, names);
      assert.match(found?.message ?? '', ` and ${many.blackHoles - 3} more: `);

      const { proxied, list, ...others } = large.count;
      const { proxied: fewProxied = 0, list: fewLists = 0, ...fewOthers } = small.count;
      // status also asks up to 13 kubelets, chosen at random, for the user name of kube-apiserver.
      const more = (proxied ?? 0) - fewProxied - (many.nodes - few.nodes);
      assert.ok(Math.abs(more) <= 13, `${more}`);
      // Lists have pages of 200 nodes.
      assert.ok((list ?? 0) - fewLists <= 4, `${list} lists, ${fewLists} for a few nodes`);
      assert.equal(others, fewOthers);
    });
});
