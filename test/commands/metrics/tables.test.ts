import * as assert from 'uvu/assert';
import { quantiles, series } from '../../../src/commands/metrics/metrics-views.ts';
import type { BodyView } from '../../../src/commands/shared/rows/body-view.ts';
import { suite } from '../../kit/suite.ts';
import { bodiesOf, rowsOf, tableOf, usualParameters } from './recorded-metrics.ts';

/** Returns the table that a view prints for the recorded responses of both kubelet versions. */
function table(view: BodyView, name: string): string {
  const isRate = view.secondReading !== undefined;
  const answers = ['1.31', '1.37'].map(
    (version) => [`node-${version}`, bodiesOf(`${name}-${version}`, isRate)] as const,
  );
  return tableOf(view, rowsOf(view, answers));
}

const filters = (...texts: readonly string[]) => ({ ...usualParameters, filters: texts });

suite('tables of recorded metrics', (test) => {
  test('list series of kubelets 1.31 and 1.37', () =>
    assert.is(
      table(
        series(
          filters(
            '{__name__=~"kubelet_(node_name|running_pods|http.*)"}',
            'process_cpu_seconds_total',
            'go_gc_duration_seconds{quantile=~"0.5|1"}',
          ),
        ),
        'metrics',
      ),
      `NODE        METRIC                        VALUE        LABELS
node-1.31   go_gc_duration_seconds        0.00058957   quantile="0.5"
node-1.31   go_gc_duration_seconds        0.0010666    quantile="1"
node-1.31   kubelet_http_requests_total   1            long_running="false",method="GET",path="metrics",server_type="readwrite"
node-1.31   kubelet_node_name             1            node="node-1"
node-1.31   kubelet_running_pods          1            -
node-1.31   process_cpu_seconds_total     0.37         -
node-1.37   go_gc_duration_seconds        0.00037753   quantile="0.5"
node-1.37   go_gc_duration_seconds        0.00048977   quantile="1"
node-1.37   kubelet_http_requests_total   1            long_running="false",method="GET",path="metrics",server_type="readwrite"
node-1.37   kubelet_node_name             1            node="node-1"
node-1.37   kubelet_running_pods          1            -
node-1.37   process_cpu_seconds_total     0.36         -
`,
    ));

  test('list changes between two responses, with rates per second from the timestamps that a kubelet serves', () => {
    assert.is(
      table(series({ ...filters('{id="/"}'), rateMs: 10_000 }), 'cadvisor'),
      `NODE        METRIC                               CHANGE      PER SECOND   LABELS
node-1.31   container_cpu_usage_seconds_total    32.058      1.6008       cpu="total",id="/"
node-1.31   container_memory_working_set_bytes   361619456   18057498.1   id="/"
node-1.37   container_cpu_usage_seconds_total    33.996      1.6978       cpu="total",id="/"
node-1.37   container_memory_working_set_bytes   -49950720   -2494542.5   id="/"
`,
    );
    assert.is(
      table(
        series({ ...filters('{__name__!~".*_bucket"}'), rateMs: 10_000, by: 'metric' }),
        'metrics',
      ),
      `METRIC                                       CHANGE      PER SECOND   SERIES   LABELS
go_gc_duration_seconds_sum                   0.0020264   0.00010132   2        -
go_gc_duration_seconds_count                 2           0.1          2        -
kubelet_http_requests_total                  2           0.1          2        -
kubelet_pleg_relist_duration_seconds_sum     0.043987    0.0021994    2        -
kubelet_pleg_relist_duration_seconds_count   25          1.25         2        -
kubelet_runtime_operations_total             99          4.95         12       -
process_cpu_seconds_total                    0.28        0.014        2        -
`,
    );
  });

  test('list quantiles of the observations between two responses', () =>
    assert.is(
      table(quantiles({ ...usualParameters, rateMs: 10_000 }), 'metrics'),
      `NODE        METRIC                                 COUNT   P50(seconds)   P90(seconds)   P99(seconds)   LABELS
node-1.31   go_gc_duration_seconds                 1       -              -              -              -
node-1.31   kubelet_pleg_relist_duration_seconds   12      0.0025         0.0045         0.00495        -
node-1.37   go_gc_duration_seconds                 1       -              -              -              -
node-1.37   kubelet_pleg_relist_duration_seconds   13      0.0027083      0.004875       0.00935        -
`,
    ));
});
