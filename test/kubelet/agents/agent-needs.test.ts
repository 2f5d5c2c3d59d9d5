import * as assert from 'uvu/assert';
import { type AgentNeed, agentNeeds } from '../../../src/kubelet/agents/agent-needs.ts';
import { agents } from '../../../src/kubelet/agents/agents.ts';
import { suite } from '../../kit/suite.ts';

/** Needs on kubelets of all versions, or separately since 1.33 and before 1.33. */
type Needs = string | readonly [since33: string, before33: string];

/**
 * Needs with default settings; for an agent that calls through the API server, also its needs with direct calls. The verb is get if
 * none is written. `@apiserver`: checked by the API server. `?`: needed only with an option. `~`: the agent works without it.
 */
const expectedNeeds: readonly (readonly [agent: string, needs: Needs, direct?: Needs])[] = [
  ['metrics-server', 'nodes/metrics, nodes/stats?'],
  ['prometheus chart', 'nodes/metrics, nodes/proxy @apiserver?', 'nodes/metrics'],
  ['prometheus-adapter', ''],
  ['SPIRE agent', ['nodes/pods', 'nodes/proxy']],
  ['SignalFx Smart Agent', ['create nodes/stats, nodes/pods', 'create nodes/stats, nodes/proxy']],
  // Permissions that the operator only grants to others are not needs.
  ['OpenTelemetry Operator', ''],
  ['AppDynamics', 'unknown'],
  [
    'Datadog Agent',
    [
      'nodes/pods, nodes/stats, nodes/metrics, nodes/healthz, nodes/configz, nodes/proxy?, nodes/proxy @apiserver?',
      'nodes/proxy, nodes/stats, nodes/metrics, nodes/proxy @apiserver?',
    ],
    [
      'nodes/pods, nodes/stats, nodes/metrics, nodes/healthz, nodes/configz, nodes/proxy?',
      'nodes/proxy, nodes/stats, nodes/metrics',
    ],
  ],
  // docs/reference/agents.md does not show whether a call that needs an option is optional.
  ['Wiz sensor', ['nodes/pods~?', 'nodes/proxy~?']],
  [
    'New Relic infrastructure',
    [
      'nodes/pods, nodes/stats, nodes/metrics, nodes/healthz, nodes/proxy @apiserver~?',
      'nodes/proxy, nodes/stats, nodes/metrics, nodes/proxy @apiserver~?',
    ],
    [
      'nodes/pods, nodes/stats, nodes/metrics, nodes/healthz',
      'nodes/proxy, nodes/stats, nodes/metrics',
    ],
  ],
  [
    'kubeturbo',
    [
      'nodes/stats, nodes/configz, nodes/metrics, nodes/proxy @apiserver~?',
      'nodes/stats, nodes/proxy, nodes/metrics, nodes/proxy @apiserver~?',
    ],
    ['nodes/stats, nodes/configz, nodes/metrics', 'nodes/stats, nodes/proxy, nodes/metrics'],
  ],
  ['OpenCost', 'nodes/proxy @apiserver~?, nodes/stats?', 'nodes/stats?'],
  [
    'Inspektor Gadget',
    ['nodes/configz~, nodes/proxy @apiserver?', 'nodes/proxy~, nodes/proxy @apiserver?'],
    ['nodes/configz', 'nodes/proxy'],
  ],
  ['crane-agent', 'nodes/proxy @apiserver', ['nodes/configz', 'nodes/proxy']],
];

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
  for (const [name, needs, direct] of expectedNeeds) {
    const [since33, before33 = since33] = [needs].flat();
    test(`${name} needs ${since33 || 'nothing'} since 1.33, and ${before33 || 'nothing'} before`, () => {
      const agent = agents.find((each) => each.name === name);
      assert.ok(agent);
      for (const minor of [33, 37]) assert.is(written(agentNeeds(agent, minor)), since33);
      for (const minor of [25, 32]) assert.is(written(agentNeeds(agent, minor)), before33);
      if (!agent.calls?.some(({ via }) => via === 'apiserver')) {
        assert.is(direct, undefined);
        return;
      }
      const calls = agent.calls.map((call) => ({ ...call, via: 'direct' as const }));
      const [directSince33, directBefore33 = directSince33] = [direct].flat();
      assert.is(written(agentNeeds({ ...agent, calls }, 33)), directSince33);
      assert.is(written(agentNeeds({ ...agent, calls }, 32)), directBefore33);
    });
  }

  test('a need has its calls, and has options only if each of its calls needs an option', () => {
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
