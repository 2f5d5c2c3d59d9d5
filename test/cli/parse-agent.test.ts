import * as assert from 'uvu/assert';
import { parseAgent } from '../../src/cli/parse-agent.ts';
import { UsageFailure } from '../../src/errors.ts';
import { agents } from '../../src/kubelet/agents/agents.ts';
import { suite } from '../kit/suite.ts';

function refusal(text: string): UsageFailure {
  try {
    const { name } = parseAgent('--agent', text);
    throw new Error(`${text} is ${name}`);
  } catch (error) {
    if (error instanceof UsageFailure) return error;
    throw error;
  }
}

suite('the name of an agent', (test) => {
  test('is accepted in full for every agent', () => {
    for (const agent of agents) assert.is(parseAgent('--agent', agent.name), agent);
  });

  for (const [text, name] of [
    ['METRICS_SERVER', 'metrics-server'],
    ['metricsserver', 'metrics-server'],
    ['alloy', 'Grafana Alloy'],
    ['datadog agent', 'Datadog Agent'],
  ] as const)
    test(`may be spelled ${text}`, () => assert.is(parseAgent('--agent', text).name, name));

  for (const [text, near] of [
    ['datadgo', '"Datadog Agent" or "Datadog Operator"'],
    ['promethues', '"Prometheus"'],
    ['data dog', '"Datadog Agent" or "Datadog Operator"'],
  ] as const)
    test(`that is similar to ${text} is suggested`, () => {
      const [first] = refusal(text).hints;
      assert.match(first ?? '', `did you mean: ${near}`);
    });

  for (const text of ['', '--', 'x1y2z3'])
    test(`that resembles no agent, such as "${text}", leads to the list of agents`, () =>
      assert.equal(refusal(text).hints, ['kubectl kubeletaccess help agents']));

  test('that is ambiguous leads to at most five suggestions', () => {
    const [first = ''] = refusal('e').hints;
    assert.is(first.match(/"/g)?.length, 10);
  });
});
