import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { root } from '../../../scripts/paths.ts';
import type { Report } from '../../../src/commands/status/report.ts';
import { suite } from '../../kit/suite.ts';
import { runProcess } from '../../kit/tool.ts';
import type { RequestKind } from '../../sandbox/request-kind.ts';
import { type Sandbox, startSandbox } from '../../sandbox/sandbox.ts';
import { pair } from './given.ts';

const kinds: readonly RequestKind[] = ['list', 'get', 'proxied', 'review', 'write', 'other'];
const nodeTimeoutMs = 5000;

async function lookAt(nodes: number, blackHoles: number, granted: boolean) {
  const sandbox: Sandbox = await startSandbox({
    minor: 37,
    fleet: { nodes, blackHoles },
    cacheMs: { denied: 0, allowed: 0 },
  });
  try {
    if (granted) for (const put of pair()) put(sandbox);
    const args = ['status', '--timeout', `${nodeTimeoutMs}ms`, '-o', 'json'];
    const started = performance.now();
    // In a process of its own, as this one has a thousand kubelets to play.
    const { code, stdout } = await runProcess(
      process.execPath,
      [join(root, 'src/main.ts'), ...args],
      {
        env: { KUBECONFIG: sandbox.kubeconfigs.admin },
      },
    );
    const ms = performance.now() - started;
    const count = Object.fromEntries(kinds.map((kind) => [kind, sandbox.apiServer.count(kind)]));
    const dead = sandbox.kubelets.filter(({ faults }) => faults.has('black-hole'));
    return { code, ms, count, report: JSON.parse(stdout) as Report, dead };
  } finally {
    await sandbox.stop();
  }
}

suite('status of a fleet', (test) => {
  for (const granted of [true, false])
    test(
      `${granted ? 'granted' : 'not granted'}: 1,000 nodes, 50 of them black holes, within the time limit and 40 s; only probes of nodes grow with the fleet`,
      async () => {
        const small = await lookAt(100, 5, granted);
        const large = await lookAt(1000, 50, granted);
        process.stdout.write(`(${Math.round(large.ms)} ms) `);
        assert.ok(large.ms < nodeTimeoutMs + 40_000, `it took ${large.ms} ms`);

        const { verdict, nodes, findings } = large.report;
        const good = granted ? 'ok' : 'forbidden';
        assert.is(verdict, granted ? 'some nodes fail' : 'access missing');
        assert.is(large.code, granted ? 4 : 3);
        assert.is(nodes.length, 1000);
        assert.is(nodes.filter(({ viaApiServer }) => viaApiServer.result === good).length, 950);
        const names = large.dead.map(({ name }) => name);
        assert.is(names.length, 50);
        const found = findings.find(({ cause }) => cause === 'connection timed out');
        assert.equal(found?.nodes, names);
        assert.match(found?.message ?? '', / and 47 more: /);

        const { proxied, list, ...others } = large.count;
        const { proxied: fewProxied = 0, list: fewLists = 0, ...fewOthers } = small.count;
        // A probe for each node, and what is asked of a few besides.
        assert.is((proxied ?? 0) - fewProxied, 900);
        // 200 in a page.
        assert.ok((list ?? 0) - fewLists <= 4, `${list} lists, ${fewLists} for a hundred nodes`);
        assert.equal(others, fewOthers);
      },
      { timeoutMs: 90_000 },
    );
});
