import { agentsOf, direct, named, proxied } from './agent.ts';

/** Agents of vendors of monitoring and tracing, K to Z. */
export const moreObservabilityAgents = agentsOf([
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
    // Its side-car is closed source.
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
    // Templates in its server's database decide its requests.
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
