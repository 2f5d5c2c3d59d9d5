import { agentsOf, direct, named, proxied } from './agent.ts';

export const observabilityAgents = agentsOf([
  {
    name: 'AppDynamics',
    repository: 'CiscoDevNet/appdynamics-charts',
    images: ['appdynamics-container-registry/appdynamics-cloud-k8s-monitoring'],
    serviceAccounts: ['appdynamics-inframon'],
    roles: ['appdynamics-inframon-clusterrole'],
    calls: 'unknown',
    evidence:
      'o2-k8s-monitoring/templates/rbac/inframon_clusterrole.yaml:11, values.yaml:23,100 @6118ba3 (2024-08); closed source',
  },
  {
    name: 'Checkmk',
    repository: 'Checkmk/checkmk_kube_agent',
    images: ['checkmk/kubernetes-collector'],
    serviceAccounts: ['*-checkmk'],
    roles: ['*-checkmk-metrics-reader'],
    labels: { 'app.kubernetes.io/name': 'checkmk' },
    calls: proxied(['/healthz'], { optional: true }),
    setting: 'only a change of its code can do that',
    evidence:
      'deploy/charts/checkmk/templates/checkmk-rbac.yaml:16 @a553510 (2026-05); Checkmk/checkmk cmk/special_agents/utils_kubernetes/api_server.py @0420b91d',
  },
  {
    name: 'Coroot',
    repository: 'coroot/coroot-operator',
    images: ['coroot/coroot-node-agent', 'coroot/coroot-cluster-agent'],
    labels: { 'app.kubernetes.io/managed-by': 'coroot-operator' },
    evidence: 'controller/cluster_agent.go, node_agent.go @43be4e4 (2026-04)',
  },
  {
    name: 'Datadog Operator',
    repository: 'DataDog/datadog-operator',
    images: ['registry.datadoghq.com/operator', 'datadoghq/operator', 'datadog/operator'],
    ...named('*-datadog-operator'),
    grants: ['metrics', 'stats', 'proxy', 'pods', 'healthz', 'configz'].map(
      (name) => `get nodes/${name}`,
    ),
    narrowing: 'by value',
    setting:
      'annotation agent.datadoghq.com/fine-grained-kubelet-authorization-enabled on the DatadogAgent (1.20 or later) and clusterRole.kubeletFineGrainedAuthorization=true of its chart, both',
    evidence: 'config/rbac/role.yaml, pkg/kubernetes/rbac/const.go:99-109 @55db5316 (2026-08)',
  },
  {
    name: 'Dynatrace ActiveGate',
    repository: 'Dynatrace/dynatrace-operator',
    serviceAccounts: ['dynatrace-activegate'],
    roles: ['dynatrace-kubernetes-monitoring-default'],
    calls: 'unknown',
    evidence:
      'config/helm/chart/default/templates/Common/activegate/kubernetes-monitoring/clusterrole-kubernetes-monitoring-default.yaml @70d37e5e (2026-08); closed source',
  },
  {
    name: 'Dynatrace log monitoring',
    repository: 'Dynatrace/dynatrace-operator',
    images: ['dynatrace/dynatrace-logmodule'],
    serviceAccounts: ['dynatrace-logmonitoring', 'dynatrace-dynakube-oneagent'],
    roles: ['dynatrace-logmonitoring'],
    // Comments of the chart name this path; the program is closed source.
    calls: direct(['/pods']),
    narrowing: 'by value',
    setting:
      'rbac.kubeletFineGrainedAuthz=true with Kubernetes 1.33 to 1.35; later ones do it by themselves',
    evidence:
      'config/helm/chart/default/templates/_platform.tpl:27-35, Common/logmonitoring/clusterrole-logmonitoring.yaml:14 @70d37e5e (2026-08)',
  },
  {
    name: 'Dynatrace Prometheus extensions',
    repository: 'Dynatrace/dynatrace-operator',
    serviceAccounts: ['dynatrace-otel-collector', 'dynatrace-target-allocator'],
    roles: ['dynatrace-extensions-prometheus', 'dynatrace-target-allocator'],
    calls: 'unknown',
    evidence:
      'config/helm/chart/default/templates/Common/extensions/prometheus, Common/prometheus @70d37e5e (2026-08); closed source',
  },
  {
    name: 'Metricbeat',
    repository: 'elastic/helm-charts',
    images: ['beats/metricbeat'],
    serviceAccounts: ['*-metricbeat'],
    roles: ['*-metricbeat-cluster-role'],
    calls: direct(['/stats/summary']),
    narrowing: 'least already',
    evidence:
      'metricbeat/values.yaml:54,271 @2fd64d0a (2022-11); elastic/beats metricbeat/module/kubernetes/node/node.go',
  },
  {
    name: 'Instana agent',
    repository: 'instana/instana-agent-operator',
    images: ['instana/agent', 'instana/k8sensor'],
    names: ['instana-agent', 'instana-agent-k8sensor'],
    calls: 'unknown',
    evidence:
      'pkg/k8s/object/builders/agent/rbac/clusterrole.go, api/v1/instanaagent_types.go:170-179 @bfe3e19a (2026-07); closed source',
  },
  {
    name: 'Komodor agent',
    repository: 'komodorio/helm-charts',
    images: ['komodor-public/komodor-agent', 'komodor-public/telegraf'],
    serviceAccounts: ['*-komodor-agent'],
    roles: [
      '*-komodor-agent-daemon-metrics',
      '*-komodor-agent-k8s-watcher',
      '*-komodor-agent-metrics-deployment',
    ],
    labels: { 'app.kubernetes.io/name': 'komodor-agent-daemon' },
    calls: 'unknown',
    evidence:
      'charts/komodor-agent/templates/clusterrole-daemon-metrics.yaml:15, clusterrole-k8s-watcher.yaml:279 @041cd356 (2026-07); its Telegraf gets its configuration from elsewhere',
  },
  {
    name: 'Netdata',
    repository: 'netdata/helmchart',
    images: ['netdata/netdata'],
    ...named('netdata', 'app'),
    calls: [
      ...direct(['/metrics']),
      ...direct(['/pods'], { when: 'child.podsMetadata.useKubelet' }),
    ],
    narrowing: 'unused',
    setting:
      'rbac.create=false and a role of your own; child.podsMetadata.useKubelet=false, the default',
    evidence:
      'charts/netdata/templates/clusterrole.yaml:19-20, values.yaml:560,604-614, chart 3.7.172 @cc1bbbb (2026-08)',
  },
  {
    name: 'newrelic-infra-operator',
    repository: 'newrelic/newrelic-infra-operator',
    images: ['newrelic/newrelic-infra-operator'],
    serviceAccounts: ['*-newrelic-infra-operator'],
    roles: ['*-newrelic-infra-operator', '*-newrelic-infra-operator-infra-agent'],
    labels: { 'app.kubernetes.io/name': 'newrelic-infra-operator' },
    // The calls of the sidecar are unknown: it is closed source.
    calls: 'unknown',
    narrowing: 'by own role',
    evidence: 'charts/newrelic-infra-operator/templates/_helpers.tpl @3539858 (2026-08)',
  },
  {
    name: 'SUSE Observability node agent',
    repository: 'StackVista/helm-charts',
    images: ['stackstate/stackstate-k8s-agent'],
    names: ['suse-observability-agent-node-agent'],
    labels: { 'app.kubernetes.io/name': 'suse-observability-agent' },
    calls: 'unknown',
    evidence:
      'stable/suse-observability-agent/templates/node-agent-clusterrole.yaml @26b50b42 (2026-08)',
  },
  {
    name: 'Wavefront collector',
    repository: 'wavefrontHQ/wavefront-kubernetes-collector',
    images: ['wavefronthq/wavefront-kubernetes-collector'],
    ...named('wavefront-collector', 'k8s-app'),
    calls: direct(['/stats/summary/', '/pods/']),
    setting: 'archived',
    evidence:
      'deploy/kubernetes/1-collector-cluster-role.yaml, plugins/sources/summary/kubelet/kubelet_client.go:166,182 @f362062 (2021-07)',
  },
  {
    name: 'Zabbix',
    repository: 'zabbix-community/helm-zabbix',
    images: ['zabbix/zabbix-server-pgsql'],
    ...named('zabbix'),
    // Templates in the database of the Zabbix server define which requests the agent sends.
    calls: 'unknown',
    setting: 'rbac.create=false and a role of your own',
    evidence: 'charts/zabbix/templates/clusterrole.yaml @4337400 (2025-07)',
  },
  {
    name: 'kubelet-stats-exporter',
    repository: 'StackVista/helm-charts',
    images: ['stackstate/petros-d-kubelet-stats-exporter'],
    names: ['*-petros-d-kubelet-stats-exporter'],
    calls: 'unknown',
    evidence: 'stable/petros-d-kubelet-stats-exporter/templates/rbac.yaml @26b50b42 (2026-08)',
  },
  {
    name: 'kube-summary-exporter',
    repository: 'utilitywarehouse/kube-summary-exporter',
    images: ['utilitywarehouse/kube-summary-exporter'],
    ...named('kube-summary-exporter', 'app'),
    calls: proxied(['/stats/summary']),
    setting: 'only a change of its code can do that',
    evidence: 'manifests/cluster/clusterrole.yaml, main.go:524 @7de9b15 (2026-07)',
  },
  {
    name: 'ktop',
    repository: 'vladimirvivien/ktop',
    serviceAccounts: ['ktop-full'],
    roles: ['ktop-full-access'],
    calls: proxied(['/metrics', '/metrics/cadvisor'], { when: 'prometheus as source of metrics' }),
    setting: 'role ktop-metrics-server-only of its file, with metrics-server as source',
    evidence:
      'hack/deploy/ktop-user.yaml, prom/controller.go:96-105, scraper.go:260-272 @0ecb4f9 (2026-05)',
  },
]);
