import { readFileSync } from 'node:fs';
import type {
  Bodies,
  BodyView,
  Row,
  ViewParameters,
} from '../../../../../src/commands/curl/views/body-view.ts';
import { renderRows } from '../../../../../src/text/render-rows.ts';

/** As kubelets of 1.31 and 1.37 answered, and a second time about twenty seconds later; some metrics of many. */
export function metricsBody(name: string): string {
  return readFileSync(new URL(`../bodies/${name}.txt`, import.meta.url), 'utf8');
}

export const usualParameters: ViewParameters = {
  filters: [],
  by: '',
  sortBy: '',
  top: undefined,
  isDiff: false,
  intervalMs: 10_000,
};

/** Those of responses with these names; of a change, of the ones that end in `-later`, too. */
export function bodiesOf(name: string, isDiff: boolean): Bodies {
  if (!isDiff) return { body: metricsBody(name), companions: {} };
  const earlier = { body: metricsBody(name), ms: 20_000 };
  return { body: metricsBody(`${name}-later`), companions: {}, earlier };
}

/** Of nodes that answered so. */
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
