import { agentsOf, direct, named, proxied } from './agent.ts';

export const openTelemetryAgents = agentsOf([
  {
    name: 'OpenTelemetry Collector without kubeletstats',
    repository: 'open-telemetry/opentelemetry-collector-contrib',
    // This entry has no names or images, because only the configuration distinguishes this agent from the Collector with kubeletstats.
    evidence:
      'README.md of processor/k8sattributesprocessor, receiver/k8sclusterreceiver, receiver/k8sobjectsreceiver',
  },
  {
    name: 'opentelemetry-collector chart',
    repository: 'open-telemetry/opentelemetry-helm-charts',
    generic: true,
    ...named('*-opentelemetry-collector'),
    calls: direct(['/stats/summary'], { when: 'presets.kubeletMetrics' }),
    narrowing: 'least already',
    setting: 'clusterRole.rules with get on nodes/pods if *_utilization metrics are added',
    evidence:
      'charts/opentelemetry-collector/templates/clusterrole.yaml:42-59, _config.tpl, chart 0.170.0 @dd5665c0 (2026-08)',
  },
  {
    name: 'opentelemetry-kube-stack chart',
    repository: 'open-telemetry/opentelemetry-helm-charts',
    // The release names both: RELEASE-daemon-collector, RELEASE-collector.
    serviceAccounts: ['*-daemon-collector'],
    roles: ['opentelemetry-kube-stack-collector'],
    confirmedBy: { 'app.kubernetes.io/managed-by': 'opentelemetry-operator' },
    calls: [
      ...direct(['/stats/summary', '/pods']),
      ...direct(['/metrics', '/metrics/cadvisor', '/metrics/probes'], { when: 'kubelet.enabled' }),
    ],
    narrowing: 'by value',
    setting:
      'chart 0.14.7 or later; it chooses by the version of the API server: --kube-version 1.32 for node pools up to 1.32',
    evidence:
      'charts/opentelemetry-kube-stack/templates/clusterrole.yaml:13-18, _config.tpl:411-414, values.yaml, chart 0.20.3 @dd5665c0 (2026-08)',
  },
  {
    name: 'OpenTelemetry Operator',
    repository: 'open-telemetry/opentelemetry-helm-charts',
    images: ['opentelemetry-operator/opentelemetry-operator'],
    serviceAccounts: ['opentelemetry-operator'],
    roles: ['*-opentelemetry-operator-manager'],
    labels: { 'app.kubernetes.io/name': 'opentelemetry-operator' },
    grants: ['get nodes/stats', 'get nodes/pods'],
    narrowing: 'grants to others',
    setting: "its own role and its collectors' roles together",
    evidence:
      'charts/opentelemetry-operator/templates/clusterrole.yaml:55,188-197, chart 0.122.0 @dd5665c0 (2026-08)',
  },
  {
    name: 'Splunk OpenTelemetry Collector',
    repository: 'signalfx/splunk-otel-collector-chart',
    images: ['signalfx/splunk-otel-collector'],
    ...named('*-splunk-otel-collector', 'app'),
    calls: direct(['/stats/summary', '/pods']),
    setting: 'rbac.create=false and a role of your own; rbac.customRules only adds',
    evidence:
      'helm-charts/splunk-otel-collector/templates/clusterRole.yaml, config/_otel-agent.tpl:583-594, chart 0.158.0 @8876653b (2026-08)',
  },
  {
    name: 'SignalFx Smart Agent',
    repository: 'signalfx/signalfx-agent',
    images: ['signalfx/signalfx-agent'],
    ...named('signalfx-agent', 'app'),
    calls: [
      // The method is POST, for which kubelets check the verb create.
      { method: 'POST', path: '/stats/summary/', via: 'direct' },
      ...direct(['/pods']),
    ],
    setting: 'end of life: the Splunk OpenTelemetry Collector takes its place',
    evidence:
      'deployments/k8s/clusterrole.yaml, pkg/monitors/cadvisor/kubeletstats.go:163, kubernetes/kubeletmetrics/pods.go:11 @fbc24b0f (2023-06)',
  },
  {
    name: 'SigNoz k8s-infra',
    repository: 'SigNoz/charts',
    serviceAccounts: ['*-k8s-infra-otel-agent'],
    roles: ['*-k8s-infra-otel-agent-*'],
    labels: { 'app.kubernetes.io/name': 'k8s-infra' },
    calls: direct(['/stats/summary', '/pods']),
    narrowing: 'by value',
    setting: 'otelAgent.clusterRole.rules: the narrow list',
    evidence:
      'charts/k8s-infra/values.yaml:337-372,701-704, templates/_config.tpl:508-515 @6752234 (2026-07)',
  },
  {
    name: 'Honeycomb Kubernetes agent',
    repository: 'honeycombio/helm-charts',
    images: ['honeycombio/honeycomb-kubernetes-agent'],
    serviceAccounts: ['*-honeycomb'],
    roles: ['*-honeycomb-agent'],
    labels: { 'app.kubernetes.io/name': 'honeycomb' },
    calls: direct(['/stats/summary', '/pods']),
    evidence:
      'charts/honeycomb/templates/cluster-role.yaml:16-17 @9a4db52 (2026-06); honeycombio/honeycomb-kubernetes-agent service/runnable.go, kubelet/rest_client.go:25-29 @c8c00fc (2026-03)',
  },
  {
    name: 'nr-k8s-otel-collector',
    repository: 'newrelic/helm-charts',
    images: ['newrelic/nrdot-collector'],
    ...named('*-nr-k8s-otel-collector'),
    calls: [...direct(['/stats/summary', '/pods']), ...proxied(['/metrics', '/metrics/cadvisor'])],
    narrowing: 'calls through the API server',
    setting: 'provider=GKE_AUTOPILOT scrapes directly, and reads no /pods; else jobs of your own',
    evidence:
      'charts/nr-k8s-otel-collector/templates/clusterrole.yaml, daemonset-configmap.yaml:82-200, chart 0.14.1 @587cc94b (2026-08)',
  },
  {
    name: 'Odigos',
    repository: 'odigos-io/odigos',
    images: ['keyval/odigos-odiglet'],
    ...named('odiglet'),
    calls: direct(['/stats/summary']),
    narrowing: 'least already',
    setting: 'metricsSources.kubeletStats.disabled=true takes the rule away',
    evidence:
      'helm/odigos/templates/odiglet/clusterrole.yaml:92-96, autoscaler/controllers/nodecollector/collectorconfig/metrics.go:28-36 @3be8f0a6 (2026-08)',
  },
  {
    name: 'OpenObserve collector',
    repository: 'openobserve/openobserve-helm-chart',
    names: ['*-openobserve-collector'],
    calls: direct(['/stats/summary', '/pods', '/metrics/cadvisor']),
    setting: 'serviceAccount.create=false and a role of your own',
    evidence:
      'charts/openobserve-collector/templates/clusterrole.yaml:20-23, values.yaml:266-296,615-620 @c2801fe (2026-08)',
  },
  {
    name: 'Coralogix OpenTelemetry agent',
    repository: 'coralogix/telemetry-shippers',
    names: ['otel-coralogix'],
    calls: direct(['/stats/summary']),
    narrowing: 'least already',
    evidence:
      'otel-agent/k8s-helm-windows/templates/clusterrole.yaml:40-42, otel-agent/k8s-helm/values.yaml:31,50 @c5217406 (2026-07)',
  },
  {
    name: 'Coralogix Prometheus agent',
    repository: 'coralogix/telemetry-shippers',
    // This entry has no names or images, because every Prometheus in agent mode has the same ones.
    calls: direct(['/metrics', '/metrics/cadvisor']),
    narrowing: 'least already',
    evidence: 'metrics/prometheus-agent/templates/clusterrole.yaml:13 @c5217406 (2026-07)',
  },
  {
    name: 'Middleware kube agent',
    repository: 'middleware-labs/helm-charts',
    images: ['middleware-labs/mw-kube-agent'],
    serviceAccounts: ['mw-service-account'],
    roles: ['mw-cluster-role'],
    labels: { 'app.kubernetes.io/name': 'mw-kube-agent-v3' },
    calls: 'unknown',
    narrowing: 'by value',
    setting: 'features.enableKubeletMetricsCollection=false takes nodes/proxy away',
    evidence:
      'charts/mw-kube-agent-v3/templates/clusterrole.yaml:23, values.yaml:208, eksfargate/container-insight-resources.yaml:81 @8801764 (2026-07); its collector is closed source',
  },
]);
