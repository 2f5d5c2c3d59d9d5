import { UsageFailure } from '../../errors.ts';
import { inOrder, pickLabels } from './sample-values.ts';

/** Series are added to the same sum or count if they have the same values of the labels in --by. */
export interface SumBy {
  readonly isOfNode: boolean;
  /** Whether --by names `metric`. Only --count uses this, because other sums never combine different metrics. */
  readonly isOfMetric: boolean;
  readonly keeps: (label: string) => boolean;
  /** Whether --by names `series`: all labels are kept. */
  readonly isOfSeries: boolean;
  readonly labels: readonly string[];
}

/** Words in --by that are not labels. */
const sumWords = ['metric', 'series', 'node'] as const;

export function parseSumBy(text: string): SumBy {
  const words = text.split(',').map((word) => word.trim());
  for (const word of words)
    if (!/^[A-Za-z_]\w*$/.test(word))
      throw new UsageFailure(
        `invalid --by value "${text}": must be "metric", "series", "node" or names of labels`,
        { hints: ['--by namespace,pod'] },
      );
  const labels = new Set(words.filter((word) => !sumWords.some((each) => each === word)));
  const isOfSeries = words.includes('series');
  return {
    isOfNode: words.includes('node'),
    isOfMetric: words.includes('metric'),
    isOfSeries,
    keeps: (label) => isOfSeries || labels.has(label),
    labels: [...labels],
  };
}

/** Returns the labels of a sum, sorted by name: nodes may serve labels in different orders. */
export function labelsOfSum(
  labels: readonly string[],
  { keeps, isOfSeries }: SumBy,
): readonly string[] {
  return inOrder(isOfSeries ? labels : pickLabels(labels, keeps));
}
