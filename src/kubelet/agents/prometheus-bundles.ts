import { agentsOf, named, proxied } from './agent.ts';

const direct =
  'jobs of role node with scheme https, without relabeling of __address__ and __metrics_path__ to the API server; or a Prometheus of your own';

export const prometheusBundles = agentsOf([
  {
    name: 'linkerd-viz',
    repository: 'linkerd/linkerd2',
    serviceAccounts: ['linkerd-viz/prometheus'],
    roles: ['linkerd-linkerd-viz-prometheus'],
    calls: proxied(['/metrics/cadvisor']),
    setting: direct,
    evidence:
      'viz/charts/linkerd-viz/templates/prometheus-rbac.yaml, prometheus.yaml:35-51 @b24cd405 (2026-08)',
  },
  {
    name: 'Flagger',
    repository: 'fluxcd/flagger',
    ...named('*-flagger-prometheus'),
    calls: proxied(['/metrics/cadvisor'], { when: 'prometheus.install' }),
    setting: direct,
    evidence: 'charts/flagger/templates/prometheus.yaml:18,144-160 @15bd6ad5 (2026-07)',
  },
  {
    name: 'Consul',
    repository: 'hashicorp/consul-k8s',
    // The namespace is included, because the prometheus chart uses the same name.
    serviceAccounts: ['consul/prometheus-server'],
    calls: proxied(['/metrics', '/metrics/cadvisor'], { when: 'prometheus.enabled' }),
    setting: direct,
    evidence: 'charts/consul/templates/prometheus.yaml:69-94,320 @a507b1d1 (2026-08)',
  },
  {
    name: 'OpenFaaS',
    repository: 'openfaas/faas-netes',
    names: ['openfaas-prometheus'],
    calls: proxied(['/metrics/resource'], { when: 'OpenFaaS Pro with clusterRole' }),
    setting: direct,
    evidence:
      'chart/openfaas/templates/prometheus-rbac.yaml, prometheus-pro-cfg.yaml:117 @662ce9ce (2026-05)',
  },
  {
    name: 'App Mesh Prometheus',
    repository: 'aws/eks-charts',
    ...named('*-appmesh-prometheus'),
    calls: proxied(['/metrics/cadvisor']),
    setting: direct,
    evidence:
      'stable/appmesh-prometheus/templates/rbac.yaml, config.yaml:85-101 @5239609 (2026-08)',
  },
  {
    name: 'YugabyteDB Anywhere',
    repository: 'yugabyte/charts',
    images: ['yugabyte/yugaware'],
    calls: proxied(['/metrics', '/metrics/cadvisor']),
    setting: direct,
    evidence:
      'stable/yugaware/templates/rbac.yaml, configs.yaml:418-428,507-526 @1349b41 (2026-08)',
  },
  {
    name: 'Kubecost cost-analyzer',
    repository: 'kubecost/cost-analyzer-helm-chart',
    names: ['kubecost-prometheus-server'],
    calls: proxied(['/metrics', '/metrics/cadvisor']),
    setting: 'direct jobs in prometheus.serverFiles, or a Prometheus of your own',
    evidence:
      'cost-analyzer/templates/prometheus-server-clusterrole.yaml, values.yaml:2131,2187, chart 2.3.3 @b01e76c9 (2024-10)',
  },
  {
    name: 'Logz.io telemetry',
    repository: 'logzio/logzio-helm',
    serviceAccounts: ['*-logzio-telemetry-otel-collector-standalone'],
    calls: proxied(['/metrics', '/metrics/cadvisor']),
    setting:
      'direct jobs, and clusterRoleRules without nodes/proxy and nodes/spec: both are values',
    evidence: 'charts/logzio-telemetry/values.yaml:134-138,457,495,1366,1404 @eca6d67 (2026-06)',
  },
  {
    name: 'Logz.io fluentbit',
    repository: 'logzio/logzio-helm',
    images: ['logzio/fluent-bit-output'],
    ...named('*-logzio-fluent-bit'),
    // A chart value, off by default, adds nodes/proxy to the role. Fluent Bit does not use it, because its configuration has no
    // Use_Kubelet.
    narrowing: 'unused',
    setting: 'rbac.nodeAccess=false, the default',
    evidence: 'charts/fluentbit/templates/clusterrole.yaml:16, values.yaml @eca6d67 (2026-06)',
  },
  {
    name: 'nri-prometheus',
    repository: 'newrelic/nri-prometheus',
    images: ['newrelic/nri-prometheus'],
    ...named('*-nri-prometheus'),
    calls: proxied(['/metrics', '/metrics/cadvisor'], {
      when: 'nodes labeled prometheus.io/scrape=true',
    }),
    setting:
      'nodes without the label prometheus.io/scrape are not scraped: then a role without nodes/*; or newrelic-prometheus-agent',
    evidence:
      'charts/nri-prometheus/templates/clusterrole.yaml, values.yaml:120, internal/pkg/endpoints/kubernetes.go:113-118 @3afebec (2026-07)',
  },
]);
