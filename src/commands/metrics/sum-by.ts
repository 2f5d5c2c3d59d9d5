import { UsageFailure } from '../../errors.ts';
import { inOrder, pickLabels } from './sample-values.ts';

/** Labels to sum by, beside the name of the metric. */
export interface SumBy {
  readonly isOfNode: boolean;
  /** Sums always are; counts where it is named. */
  readonly isOfMetric: boolean;
  readonly keeps: (label: string) => boolean;
  /** Whether it keeps all. */
  readonly isOfSeries: boolean;
  /** The labels that --by names. */
  readonly labels: readonly string[];
}

/** `metric` stands for no label, `series` for all, and `node` for the node; each other word is a label. */
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

/** The labels of a sum, which come in the order of their names: nodes may differ in it. */
export function labelsOfSum(
  labels: readonly string[],
  { keeps, isOfSeries }: SumBy,
): readonly string[] {
  return inOrder(isOfSeries ? labels : pickLabels(labels, keeps));
}
