import * as assert from 'uvu/assert';
import { outcomeOf } from '../../../src/commands/status/probe.ts';
import type { Report } from '../../../src/commands/status/report.ts';
import { suite } from '../../kit/suite.ts';
import { withSandbox } from '../../kit/with-sandbox.ts';
import { pair } from './given.ts';

// Which of them asks which kubelet is as it comes: their connections take turns.
const several = {
  minor: 37,
  nodes: ['none', 'none', 'none', 'none'],
  kubeletClient: ['Kubernetes', 'kube-apiserver'],
  cacheMs: { denied: 0, allowed: 0 },
} as const;

suite('status with several API servers behind one address', (test) => {
  test('who are not the same to kubelets: nobody is chosen, and each is told', () =>
    withSandbox(several, async (_, tool) => {
      const { code, stdout } = await tool(['status']);
      assert.is(code, 3, stdout);
      assert.match(stdout, 'kubelets name different users\n');
      for (const name of ['Kubernetes', 'kube-apiserver']) {
        assert.match(stdout, `denies user "${name}"`);
        assert.match(stdout, `answered 403: Forbidden (user=${name},`);
      }
      assert.match(stdout, /API server -> kubelets +unknown +forbidden/);
      assert.not.match(stdout, 'missing rule');
    }));

  test('of whom one has the pair: the other is not covered up', () =>
    withSandbox(several, async (sandbox, tool) => {
      for (const put of pair()) put(sandbox);
      const { code, stdout } = await tool(['status', '-o', 'json']);
      const { verdict, nodes, findings } = JSON.parse(stdout) as Report;
      assert.equal([code, verdict], [3, 'access missing']);
      const results = nodes.map(({ viaApiServer }) => outcomeOf(viaApiServer));
      assert.equal([...new Set(results)].sort(), ['forbidden', 'ok']);
      assert.equal(
        findings.map(({ cause }) => cause),
        ['identity unknown', 'access missing'],
      );
      const refused = nodes.filter((_, index) => results[index] === 'forbidden');
      assert.equal(
        findings[1]?.nodes,
        refused.map(({ name }) => name),
      );
    }));
});
