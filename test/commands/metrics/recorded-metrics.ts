import { readFileSync } from 'node:fs';
import type { MetricsParameters } from '../../../src/commands/metrics/metrics-views.ts';
import type { Row } from '../../../src/commands/shared/fleet/outcome.ts';
import type { Bodies, BodyView } from '../../../src/commands/shared/rows/body-view.ts';

/** Reads metrics that kubelets 1.31 and 1.37 served, in a shortened form. */
export function metricsBody(name: string): string {
  return readFileSync(
    new URL(`../../kubelet/bodies/recorded/${name}.txt`, import.meta.url),
    'utf8',
  );
}

export const usualParameters: MetricsParameters = {
  filters: [],
  by: '',
  sortBy: '',
  limit: undefined,
  rateMs: undefined,
  rerun: () => '',
  countBy: () => '',
};

/** Returns the rows that a view makes from the responses of several nodes. */
export function rowsOf(view: BodyView, answers: readonly (readonly [string, Bodies])[]): Row[] {
  const rows = answers.flatMap(([node, bodies]) => {
    const { decoded, problem } = view.rows(bodies, node);
    if (!decoded) throw new Error(problem);
    return decoded.value.rows;
  });
  return [...(view.merge ? view.merge(rows) : rows)];
}
