import { readFileSync } from 'node:fs';
import type { MetricsParameters } from '../../../src/commands/metrics/metrics-views.ts';
import type { Row } from '../../../src/commands/shared/fleet/outcome.ts';
import type { Bodies, BodyView } from '../../../src/commands/shared/rows/body-view.ts';
import { renderRows } from '../../../src/text/render-rows.ts';

/** Reads recorded metrics of kubelets 1.31 and 1.37, shortened; names with `-later` were recorded about twenty seconds later. */
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
};

/** Returns the recorded response with this name; with `isRate`, the `-later` response and this response as the earlier one. */
export function bodiesOf(name: string, isRate: boolean): Bodies {
  if (!isRate) return { body: metricsBody(name), extra: {} };
  const earlier = { body: metricsBody(name), ms: 20_000 };
  return { body: metricsBody(`${name}-later`), extra: {}, earlier };
}

/** Returns the rows of a view for the responses of nodes. */
export function rowsOf(view: BodyView, answers: readonly (readonly [string, Bodies])[]): Row[] {
  const rows = answers.flatMap(([node, bodies]) => {
    const { decoded, problem } = view.rows(bodies, node);
    if (!decoded) throw new Error(problem);
    return decoded.value.rows;
  });
  return [...(view.merge ? view.merge(rows) : rows)];
}

export function tableOf(view: BodyView, rows: readonly Row[]): string {
  return [...renderRows(view, rows, { format: 'table' })].join('');
}
