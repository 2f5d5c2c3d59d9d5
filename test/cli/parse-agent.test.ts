import * as assert from 'uvu/assert';
import { parseAgent } from '../../src/cli/parse-agent.ts';
import { UsageFailure } from '../../src/errors.ts';
import { agents } from '../../src/kubelet/agents/agents.ts';
import { suite } from '../kit/suite.ts';
import { thrownBy } from '../kit/thrown-by.ts';

/** Returns the hints of the usage error for a name. */
async function hintsFor(text: string): Promise<readonly string[]> {
  const error = await thrownBy(() => parseAgent('--agent', text));
  assert.instance(error, UsageFailure);
  return (error as UsageFailure).hints;
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
    test(`is suggested if it is similar to ${text}`, async () => {
      const [first] = await hintsFor(text);
      assert.match(first ?? '', `did you mean: ${near}`);
    });

  for (const text of ['', '--', 'x1y2z3'])
    test(`leads to the list of agents if it resembles no agent: "${text}"`, async () =>
      assert.equal(await hintsFor(text), ['kubectl kubeletaccess help agents']));

  test('leads to at most five suggestions if it is ambiguous', async () => {
    const [first = ''] = await hintsFor('e');
    assert.is(first.match(/"/g)?.length, 10);
  });
});
