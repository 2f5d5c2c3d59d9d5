import * as assert from 'uvu/assert';
import { counts, quantiles, series } from '../../../src/commands/metrics/metrics-views.ts';
import type { BodyView } from '../../../src/commands/shared/rows/body-view.ts';
import { suite } from '../../kit/suite.ts';
import { bodiesOf, rowsOf, tableOf, usualParameters } from './recorded-metrics.ts';

/** Returns the table of a view for recorded kubelets of both versions. */
function table(view: BodyView, name: string): string {
  const isRate = view.secondReading !== undefined;
  const answers = ['1.31', '1.37'].map(
    (version) => [`node-${version}`, bodiesOf(`${name}-${version}`, isRate)] as const,
  );
  return tableOf(view, rowsOf(view, answers));
}

const filters = (...texts: readonly string[]) => ({ ...usualParameters, filters: texts });

suite('tables of recorded metrics', (test) => {
  test('of series', () =>
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

  test('of the largest series', () =>
    assert.is(
      table(
        series({ ...filters('{id="/"}', 'machine_memory_bytes'), sortBy: 'value', limit: 1 }),
        'cadvisor',
      ).replaceAll(/"\w{8}-?\w+(?:-\w+)*"/g, '"…"'),
      `NODE        METRIC                 VALUE         LABELS
node-1.31   machine_memory_bytes   25276502016   boot_id="…",machine_id="…",system_uuid="…"
node-1.37   machine_memory_bytes   25276502016   boot_id="…",machine_id="…",system_uuid="…"
`,
    ));

  test('of sums by metric, and by labels', () => {
    assert.is(
      table(series({ ...usualParameters, by: 'metric' }), 'cadvisor'),
      `METRIC                               VALUE         SERIES   LABELS
cadvisor_version_info                2             2        -
container_cpu_usage_seconds_total    37451.2       4        -
container_memory_working_set_bytes   6968070144    4        -
container_tasks_state                0             10       -
machine_memory_bytes                 50553004032   2        -
`,
    );
    assert.is(
      table(
        series({ ...filters('{__name__=~"container_(cpu|mem).*"}'), by: 'namespace,pod' }),
        'cadvisor',
      ),
      `METRIC                               VALUE        SERIES   LABELS
container_cpu_usage_seconds_total    37451        2        -
container_cpu_usage_seconds_total    0.16943      2        namespace="default",pod="web"
container_memory_working_set_bytes   6965444608   2        -
container_memory_working_set_bytes   2625536      2        namespace="default",pod="web"
`,
    );
  });

  test('of quantiles, for each kubelet and for both together', () => {
    assert.is(
      table(quantiles(usualParameters), 'metrics'),
      `NODE        METRIC                                 COUNT   P50(seconds)   P90(seconds)   P99(seconds)   LABELS
node-1.31   go_gc_duration_seconds                 6       0.00058957     -              -              -
node-1.31   kubelet_pleg_relist_duration_seconds   30      0.0026786      0.0048214      0.00925        -
node-1.31   kubelet_pod_worker_duration_seconds    1       0.0025         0.0045         0.00495        operation_type="sync"
node-1.37   go_gc_duration_seconds                 6       0.00037753     -              -              -
node-1.37   kubelet_pleg_relist_duration_seconds   29      0.0026852      0.0048333      0.009275       -
node-1.37   kubelet_pod_worker_duration_seconds    1       0.0025         0.0045         0.00495        operation_type="sync"
`,
    );
    assert.is(
      table(quantiles({ ...usualParameters, by: 'metric' }), 'metrics'),
      `METRIC                                 COUNT   P50(seconds)   P90(seconds)   P99(seconds)   LABELS
go_gc_duration_seconds                 12      -              -              -              -
kubelet_pleg_relist_duration_seconds   59      0.0026818      0.0048273      0.0092625      -
kubelet_pod_worker_duration_seconds    2       0.0025         0.0045         0.00495        -
`,
    );
  });

  test('of changes, by timestamps from a kubelet', () => {
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
kubelet_runtime_operations_total             103         5.15         25       -
process_cpu_seconds_total                    0.28        0.014        2        -
`,
    );
  });

  test('of quantiles of observations between two responses', () =>
    assert.is(
      table(quantiles({ ...usualParameters, rateMs: 10_000 }), 'metrics'),
      `NODE        METRIC                                 COUNT   P50(seconds)   P90(seconds)   P99(seconds)   LABELS
node-1.31   go_gc_duration_seconds                 1       -              -              -              -
node-1.31   kubelet_pleg_relist_duration_seconds   12      0.0025         0.0045         0.00495        -
node-1.37   go_gc_duration_seconds                 1       -              -              -              -
node-1.37   kubelet_pleg_relist_duration_seconds   13      0.0027083      0.004875       0.00935        -
`,
    ));

  test('of numbers of series', () => {
    assert.is(
      table(counts(filters('{__name__=~"kubelet_(r|h|pod).*"}')), 'metrics'),
      `METRIC                                       SERIES   SHARE   NODES   LABEL            MAX VALUES/NODE
kubelet_runtime_operations_total             25       44%     2       operation_type   13
kubelet_pod_worker_duration_seconds_bucket   24       42%     2       le               12
kubelet_http_requests_total                  2        3.5%    2       long_running     1
kubelet_pod_worker_duration_seconds_sum      2        3.5%    2       operation_type   1
kubelet_pod_worker_duration_seconds_count    2        3.5%    2       operation_type   1
kubelet_running_pods                         2        3.5%    2       -                -
`,
    );
    assert.is(
      table(counts({ ...filters('{__name__=~"container_.*"}'), by: 'label' }), 'cadvisor'),
      `LABEL       MAX VALUES/NODE   SERIES   MAX METRICS/NODE   NODES
state       5                 10       1                  1
id          2                 18       3                  2
namespace   1                 9        3                  2
pod         1                 9        3                  2
cpu         1                 4        1                  2
`,
    );
    assert.is(
      table(counts({ ...usualParameters, by: 'node' }), 'cadvisor'),
      `NODE        SERIES   METRICS   LARGEST                             LARGEST SERIES
node-1.31   16       5         container_tasks_state               10
node-1.37   6        4         container_cpu_usage_seconds_total   2
`,
    );
  });
});
