import * as assert from 'uvu/assert';
import { type Agent, agentsOf, direct, proxied } from '../../../src/kubelet/agents/agent.ts';
import { asSet, settingsBy } from '../../../src/kubelet/agents/agent-variables.ts';
import { agents } from '../../../src/kubelet/agents/agents.ts';
import { templateOf } from '../../../src/kubelet/agents/workloads.ts';
import { suite } from '../../kit/suite.ts';

const [agent] = agentsOf([
  {
    ...{ name: 'a', repository: 'a/a', evidence: '' },
    calls: [
      ...direct(['/pods']),
      ...direct(['/containerLogs'], { when: 'logs', variable: 'LOGS' }),
      ...proxied(['/metrics'], { when: 'somewhere' }),
    ],
    variables: { verifies: 'VERIFY', host: 'HOST', port: 'PORT' },
  },
]) as [Agent];
const insecure: Agent = { ...agent, variables: { insecure: 'INSECURE' } };

function read(env: readonly object[]) {
  const [container] = templateOf({
    metadata: {},
    spec: { containers: [{ env: env as [] }] },
  }).containers;
  return container?.variables ?? new Map();
}
const set = (name: string, value: string) => ({ name, value });
const field = (name: string, fieldPath: string) => ({
  name,
  valueFrom: { fieldRef: { fieldPath } },
});

suite('environment variables of an agent', (test) => {
  for (const [what, of, env, expected] of [
    ['no setting', agent, [], { verifies: 'unknown' }],
    ['false', agent, [set('VERIFY', 'false')], { verifies: 'no', because: 'VERIFY=false' }],
    ['T, which Go parses', agent, [set('VERIFY', 'T')], { verifies: 'yes', because: 'VERIFY=T' }],
    [
      'a value that is not a boolean',
      agent,
      [set('VERIFY', 'si')],
      { verifies: 'unknown', because: 'VERIFY=si' },
    ],
    ['insecure = 1', insecure, [set('INSECURE', '1')], { verifies: 'no', because: 'INSECURE=1' }],
    ['insecure = 0', insecure, [set('INSECURE', '0')], { verifies: 'yes', because: 'INSECURE=0' }],
    ['a foreign name', insecure, [set('VERIFY', 'false')], { verifies: 'unknown' }],
    [
      'a host and a port',
      agent,
      [set('HOST', '10.0.0.1'), set('PORT', '10251')],
      { verifies: 'unknown', host: '10.0.0.1', port: 10_251 },
    ],
    ['the node IP', agent, [field('HOST', 'status.hostIP')], { addressType: 'InternalIP' }],
    ['the node name', agent, [field('HOST', 'spec.nodeName')], { addressType: 'Hostname' }],
    ['another field', agent, [field('HOST', 'status.podIP')], { unknown: ['HOST (status.podIP)'] }],
    [
      'values from other objects',
      agent,
      [{ name: 'VERIFY', valueFrom: {} }, set('PORT', '$(OTHER)')],
      { because: 'VERIFY', unknown: ['VERIFY (a Secret or ConfigMap)', 'PORT ($(OTHER))'] },
    ],
  ] as const)
    test(`are read: ${what}`, () => {
      assert.equal(settingsBy(of, read(env)), { verifies: 'unknown', unknown: [], ...expected });
    });

  test('can enable a call that needs an option, but disable no call', () => {
    const whens = (env: readonly object[]) =>
      asSet(agent, read(env)).calls?.map(({ path, when }) => [path, when]);
    const asDelivered = [
      ['/pods', undefined],
      ['/containerLogs', 'logs'],
      ['/metrics', 'somewhere'],
    ];
    assert.equal(whens([set('LOGS', 'true')]), [
      ['/pods', undefined],
      ['/containerLogs', undefined],
      ['/metrics', 'somewhere'],
    ]);
    for (const env of [[], [set('LOGS', 'false')], [field('LOGS', 'metadata.name')]])
      assert.equal(whens(env), asDelivered);
  });

  test('are listed only in calls that need an option, for each known agent', () => {
    for (const { name, calls = [] } of agents)
      for (const { when, variable } of calls)
        assert.ok(variable === undefined || when !== undefined, name);
  });
});
