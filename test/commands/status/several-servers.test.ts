import * as assert from 'uvu/assert';
import { outcomeOf } from '../../../src/commands/status/probe.ts';
import type { Report } from '../../../src/commands/status/report.ts';
import { suite } from '../../kit/suite.ts';
import { withSandbox } from '../../kit/with-sandbox.ts';
import { pair } from './given.ts';

// Each connection reaches another API server, so that each API server may call each kubelet.
const several = {
  minor: 37,
  nodes: ['none', 'none', 'none', 'none'],
  kubeletClient: ['Kubernetes', 'kube-apiserver'],
  cacheMs: { denied: 0, allowed: 0 },
} as const;

suite('status with several API servers behind one address', (test) => {
  test('reports the nodes that deny the API server whose user name has no access', () =>
    withSandbox(several, async (sandbox, tool) => {
      for (const put of pair()) put(sandbox);
      const { code, stdout } = await tool(['status', '-o', 'json']);
      const { verdict, nodes, findings } = JSON.parse(stdout) as Report;
      assert.equal([code, verdict], [3, 'access-missing']);
      const results = nodes.map(({ viaApiServer }) => outcomeOf(viaApiServer));
      assert.equal([...new Set(results)].sort(), ['forbidden', 'ok']);
      assert.equal(
        findings.map(({ cause }) => cause),
        ['identity-unknown', 'access-missing'],
      );
      const refused = nodes.filter((_, index) => results[index] === 'forbidden');
      assert.equal(
        findings[1]?.nodeNames,
        refused.map(({ name }) => name),
      );
    }));
});
