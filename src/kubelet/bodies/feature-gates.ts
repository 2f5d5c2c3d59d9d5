import type { Checked } from '../../schema.ts';
import { readMetrics, type Sample } from './metrics-text.ts';

export interface FeatureGate {
  readonly name: string;
  readonly stage: string;
  readonly enabled: boolean;
}

/** Source: k8s.io/component-base/metrics/prometheus/feature. */
const metric = 'kubernetes_feature_enabled';

/** Matches the lines of this metric. Parsing the lines of all metrics would take ten times as long. */
const ownLines = /^kubernetes_feature_enabled\{[^\n]*\n/gm;

export function parseFeatureGates(body: string): Checked<readonly FeatureGate[]> {
  const gates: FeatureGate[] = [];
  const own = body.match(ownLines);
  if (!own || !body.endsWith('\n')) return { problem: `no ${metric}` };
  const problem = readMetrics(own.join(''), (sample) => {
    const name = labelOf(sample, 'name');
    if (sample.metric === metric && name !== undefined)
      gates.push({
        name,
        stage: labelOf(sample, 'stage') || 'GA',
        enabled: Number(sample.value) === 1,
      });
    return undefined;
  });
  if (problem !== undefined) return { problem: `no ${metric}: ${problem}` };
  return { decoded: { value: gates.sort((a, b) => (a.name < b.name ? -1 : 1)) } };
}

function labelOf({ labels }: Sample, wanted: string): string | undefined {
  const at = labels.findIndex((text, index) => index % 2 === 0 && text === wanted);
  return at < 0 ? undefined : labels[at + 1];
}
