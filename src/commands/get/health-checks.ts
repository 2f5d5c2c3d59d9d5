import { summarize } from '../../text/list.ts';
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
export function reasonIn(body: string): string | undefined {
  return /^internal server error: (.+)$/s.exec(body.trim())?.[1];
}

export function describeHealth(rows: readonly HealthCheck[]): string {
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

export const healthChecksView: DescribedView = {
  ...{ kind: 'KubeletHealthCheckList', names: 'node', about: 'A health check of a kubelet.' },
  columns: columnsOf(fields),
};
