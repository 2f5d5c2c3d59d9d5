import * as assert from 'uvu/assert';
import { type AgentNeed, agentNeeds } from '../../../src/kubelet/agents/agent-needs.ts';
import { agents } from '../../../src/kubelet/agents/agents.ts';
import { suite } from '../../kit/suite.ts';

/** At kubelets of all versions, or from 1.33 on, and up to 1.32. */
type Needs = string | readonly [since33: string, before33: string];

/**
 * Needs as delivered, and of an agent that calls through the API server once it calls directly. The verb is get unless one
 * stands there. `@apiserver`: checked there. `?`: only with an option. `~`: it goes on without.
 */
const expectedNeeds: readonly (readonly [agent: string, needs: Needs, direct?: Needs])[] = [
  ['metrics-server', 'nodes/metrics, nodes/stats?'],
  ['prometheus chart', 'nodes/metrics, nodes/proxy @apiserver?', 'nodes/metrics'],
  ['prometheus-adapter', ''],
  ['SPIRE agent', ['nodes/pods', 'nodes/proxy']],
  ['SignalFx Smart Agent', ['create nodes/stats, nodes/pods', 'create nodes/stats, nodes/proxy']],
  // Permissions that an operator grants are in its grants.
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
  // docs/reference/agents.md does not tell an optional call behind an option from another call behind one.
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
    test(`${name} needs ${since33 || 'nothing'} from 1.33 on, ${before33 || 'nothing'} before`, () => {
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
