import * as assert from 'uvu/assert';
import { type AgentNeed, agentNeeds } from '../../../src/kubelet/agents/agent-needs.ts';
import { agents } from '../../../src/kubelet/agents/agents.ts';
import { suite } from '../../kit/suite.ts';

/** Permissions that an agent needs: one text for kubelets of all versions, or one text since 1.33 and one before 1.33. */
type Needs = string | readonly [since33: string, before33: string];

/**
 * Permissions that each agent needs with default settings. If an agent calls through the API server, `direct` has the permissions
 * that it needs if it calls kubelets directly. The verb is get unless another verb is written. `@apiserver`: the API server checks
 * the permission. `?`: the agent needs it only with an option. `~`: the agent works without it.
 */
const expectedNeeds: readonly (readonly [agent: string, needs: Needs, direct?: Needs])[] = [
  ['metrics-server', 'nodes/metrics, nodes/stats?'],
  ['prometheus chart', 'nodes/metrics, nodes/proxy @apiserver?', 'nodes/metrics'],
  ['prometheus-adapter', ''],
  ['SPIRE agent', ['nodes/pods', 'nodes/proxy']],
  ['SignalFx Smart Agent', ['create nodes/stats, nodes/pods', 'create nodes/stats, nodes/proxy']],
  // The operator grants permissions to other programs, but it does not call kubelets itself.
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
  // docs/reference/agents.md does not show `~` for calls that need an option.
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

  test('a needed permission lists its calls, and lists options only if each of these calls needs an option', () => {
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
