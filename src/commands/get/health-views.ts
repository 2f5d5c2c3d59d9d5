import { type Flags, parseFlagz } from '../../kubelet/bodies/flagz.ts';
import { mapChecked } from '../../schema.ts';
import { summarize } from '../../text/list.ts';
import type { Row } from '../shared/fleet/outcome.ts';
import { type BodyView, simpleView } from '../shared/rows/body-view.ts';
import {
  always,
  columnsOf,
  type DescribedView,
  type RowOf,
  text,
  wide,
} from '../shared/rows/fields.ts';

const fields = {
  node: text('NODE', always),
  check: text('CHECK', always),
  result: text('STATUS', {
    ...always,
    role: 'volatile',
    type: ['ok', 'failed', 'excluded'],
    about: 'Result of the check; `excluded` if the request excludes it.',
  }),
  reason: text('REASON', {
    role: 'volatile',
    about: 'Reason why the check fails. /healthz withholds it, /healthz/CHECK returns it.',
  }),
  healthy: text('PASSES', {
    ...wide,
    type: 'boolean',
    about: 'Whether the check passes; absent if it is excluded.',
    metric: {
      name: 'kubelet_health_check_passes',
      help: 'Whether the health check of the kubelet passes.',
    },
  }),
};

type HealthCheck = RowOf<typeof fields>;

/**
 * Parses the response of /healthz?verbose; undefined if it lists no checks.
 * Source: https://github.com/kubernetes/kubernetes/blob/v1.37.2/staging/src/k8s.io/apiserver/pkg/server/healthz/healthz.go
 */
export function healthCheckRows(node: string, body: string): readonly HealthCheck[] | undefined {
  const rows = body.split('\n').flatMap((line) => {
    const [, sign, check = '', words = ''] =
      /^\[([+-])\]([^\s]{1,253}) (.{1,4096})$/.exec(line) ?? [];
    if (sign === undefined) return [];
    if (words === 'excluded: ok') return rowOf(node, check, 'excluded', undefined);
    if (sign === '+') return rowOf(node, check, 'ok', undefined);
    return rowOf(node, check, 'failed', words.replace(/^failed: /, ''));
  });
  return rows.length === 0 ? undefined : rows;
}

/** Returns the reason in the response of /healthz/CHECK; undefined if the check passes. */
function reasonIn(body: string): string | undefined {
  return /^internal server error: (.+)$/s.exec(body.trim())?.[1];
}

function describeHealth(rows: readonly HealthCheck[]): string {
  const failed = rows.filter(({ result }) => result === 'failed').map(({ check }) => check);
  return failed.length === 1
    ? `fails the health check ${failed.join('')}`
    : `fails ${failed.length} health checks: ${summarize(failed, 5)}`;
}

function rowOf(
  node: string,
  check: string,
  result: HealthCheck['result'],
  reason: string | undefined,
): HealthCheck {
  const passes = result === 'excluded' ? undefined : result === 'ok';
  return { node, check, result, healthy: passes, reason };
}

const healthChecksView: DescribedView = {
  ...{ kind: 'KubeletHealthCheckList', names: 'node', about: 'A health check of a kubelet.' },
  columns: columnsOf(fields),
};

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

const flagsView: DescribedView = {
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
