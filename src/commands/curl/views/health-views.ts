// The views of /healthz, /healthz/{check}, /statusz and /flagz.
import type { Checked } from '../../../schema.ts';
import type { Value, View } from '../../../text/column.ts';
import { type BodyView, erased, type FailedRows, type RowsRead } from './body-view.ts';
import { flagDifferences, flagDifferencesView, flagRows, flagsView, parseFlagz } from './flagz.ts';
import {
  describeHealth,
  type HealthCheckRow,
  healthCheckRows,
  healthChecksView,
  oneHealthCheck,
  reasonIn,
} from './health-checks.ts';
import { kubeletStatusRow, kubeletStatusView, parseStatusz } from './statusz.ts';

export const checks: BodyView = {
  ...healthView((node, body) => healthCheckRows(node, body)),
  completeRow: {
    path: ({ check, result }) =>
      result === 'failed' && /^[\w.-]{1,100}$/.test(String(check))
        ? `/healthz/${check}`
        : undefined,
    row: (row, body) => ({ ...row, reason: reasonIn(body) ?? row['reason'] }),
  },
};

/** Of one check, which the body does not name. */
export function checkAt(path: string): BodyView {
  const check = path.replace(/^\/healthz\//, '');
  return healthView((node, body) => {
    const row = oneHealthCheck(node, check, body);
    return row && [row];
  });
}

function healthView(
  read: (node: string, body: string) => readonly HealthCheckRow[] | undefined,
): BodyView {
  const failedRows = ({ status, text }: { status: number; text: string }, node: string) => {
    const rows = status === 500 ? read(node, text) : undefined;
    const isOfChecks = rows?.some((row) => row.result === 'failed');
    return rows && isOfChecks
      ? ({
          rows: rows.map((row) => ({ ...row })),
          words: describeHealth(rows),
        } satisfies FailedRows)
      : undefined;
  };
  return {
    ...simpleView('health checks', healthChecksView, (body, node) => {
      const rows = read(node, body);
      return rows ? { decoded: { value: rows } } : { problem: 'no list of health checks' };
    }),
    failedRows,
  };
}

export const status: BodyView = simpleView('kubelets', kubeletStatusView, (body, node) => {
  const { decoded, problem } = parseStatusz(body);
  return decoded ? { decoded: { value: [kubeletStatusRow(node, decoded.value)] } } : { problem };
});

export const flags: BodyView = simpleView('flags', flagsView, (body, node) => {
  const { decoded, problem } = parseFlagz(body);
  return decoded ? { decoded: { value: flagRows(node, decoded.value) } } : { problem };
});

export const differentFlags: BodyView = {
  ...flags,
  ...erased(flagDifferencesView),
  plural: 'differences',
  compare: (nodes) => flagDifferences(nodes).map((row) => ({ ...row })),
};

function simpleView<Row extends { readonly [Key in keyof Row]: Value }>(
  plural: string,
  view: View<Row>,
  read: (body: string, node: string) => Checked<readonly Row[]>,
): BodyView {
  return {
    ...erased(view),
    plural,
    companions: [],
    rows: ({ body }, node): Checked<RowsRead> => {
      const { decoded, problem } = read(body, node);
      if (!decoded) return { problem };
      return {
        decoded: { value: { rows: decoded.value.map((row) => ({ ...row })), problems: {} } },
      };
    },
  };
}
