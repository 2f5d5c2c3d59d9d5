import * as assert from 'uvu/assert';
import { type AgentNeed, agentNeeds } from '../../../src/kubelet/agents/agent-needs.ts';
import { agents } from '../../../src/kubelet/agents/agents.ts';
import { suite } from '../../kit/suite.ts';
import { expectedNeeds } from './expected-needs.ts';

function written(needs: readonly AgentNeed[] | undefined): string {
  if (!needs) return 'unknown';
  return needs
    .map(({ permission, at, when, optional }) =>
      [
        permission.replace(/^get /, ''),
        at === 'API server' ? ' @apiserver' : '',
        optional ? '~' : '',
        when ? '?' : '',
      ].join(''),
    )
    .join(', ');
}

suite('needs of agents', (test) => {
  test('every agent is expected to need something, or nothing', () => {
    assert.equal(expectedNeeds.map(([name]) => name).sort(), agents.map(({ name }) => name).sort());
  });

  for (const [name, needs, direct] of expectedNeeds) {
    const [since33, before33 = since33] = [needs].flat();
    test(`${name} needs ${since33 || 'nothing'} from 1.33 on, ${before33 || 'nothing'} before`, () => {
      const agent = agents.find((each) => each.name === name);
      assert.ok(agent);
      for (const minor of [33, 37]) assert.is(written(agentNeeds(agent, minor)), since33);
      for (const minor of [25, 32]) assert.is(written(agentNeeds(agent, minor)), before33);
      if (!agent.calls?.some(({ via }) => via === 'apiserver')) {
        assert.is(direct, undefined);
        return;
      }
      // What it would need if it sent all its requests straight to kubelets.
      const calls = agent.calls.map((call) => ({ ...call, via: 'direct' as const }));
      const [directSince33, directBefore33 = directSince33] = [direct].flat();
      assert.is(written(agentNeeds({ ...agent, calls }, 33)), directSince33);
      assert.is(written(agentNeeds({ ...agent, calls }, 32)), directBefore33);
    });
  }

  test('a need has its calls, and options only where no call goes without', () => {
    const [agent] = agents.filter(({ name }) => name === 'Amazon CloudWatch Observability');
    assert.ok(agent);
    assert.equal(
      agentNeeds(agent, 33)?.map(({ permission, calls, when }) => [
        permission,
        calls.map(({ path }) => path),
        when,
      ]),
      [
        ['get nodes/pods', ['/pods'], undefined],
        ['get nodes/stats', ['/stats/summary'], ['otelContainerInsights.enabled']],
        ['get nodes/metrics', ['/metrics/cadvisor'], ['otelContainerInsights.enabled']],
      ],
    );
  });
});
