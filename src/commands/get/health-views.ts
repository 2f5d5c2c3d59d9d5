import { type Flags, parseFlagz } from '../../kubelet/bodies/flagz.ts';
import { mapChecked } from '../../schema.ts';
import type { Row } from '../shared/fleet/outcome.ts';
import { type BodyView, simpleView } from '../shared/rows/body-view.ts';
import { always, columnsOf, type DescribedView, type RowOf, text } from '../shared/rows/fields.ts';
import { describeHealth, healthCheckRows, healthChecksView, reasonIn } from './health-checks.ts';

export const checks: BodyView = {
  ...simpleView('health checks', healthChecksView, (body, node) => {
    const rows = healthCheckRows(node, body);
    return rows ? { decoded: { value: rows } } : { problem: 'no list of health checks' };
  }),
  failedRows: async ({ status, text: body }, node, read) => {
    const found = status === 500 ? healthCheckRows(node, body) : undefined;
    if (!found?.some(({ result }) => result === 'failed')) return undefined;
    const rows: Row[] = [];
    for (const row of found) {
      const { check, result } = row;
      const isAsked =
        result === 'failed' && rows.length < mostAsked && /^[\w.-]{1,100}$/.test(check);
      const answer = isAsked ? await read(`/healthz/${check}`) : undefined;
      rows.push({ ...row, reason: reasonIn(answer ?? '') ?? row.reason });
    }
    return { rows, words: describeHealth(found) };
  },
};

/** Maximum number of failing checks whose reasons are requested. Kubelets have fewer checks. */
const mostAsked = 20;

const flagFields = {
  node: text('NODE', always),
  flag: text('FLAG', always),
  value: text('VALUE', { ...always, about: 'Value of the flag; may be empty.' }),
};

export function flagRows(node: string, flags: Flags): readonly RowOf<typeof flagFields>[] {
  return Object.entries(flags)
    .map(([flag, value]) => ({ node, flag, value }))
    .sort((a, b) => (a.flag < b.flag ? -1 : 1));
}

export const flagsView: DescribedView = {
  ...{ kind: 'KubeletFlagList', names: 'node' },
  about:
    'A command-line flag of a kubelet. A flag that is not set has its default. Settings from a configuration file are in /configz instead.',
  columns: columnsOf(flagFields),
};

export const flags: BodyView = {
  ...simpleView('flags', flagsView, (body, node) =>
    mapChecked(parseFlagz(body), (flagz) => flagRows(node, flagz)),
  ),
  notes: (rows) =>
    rows.some(({ flag, value }) => flag === 'config' && value !== '')
      ? [
          'note: flags that are not given show their defaults, not what --config sets: kubectl kubeletaccess get configz',
        ]
      : [],
};
