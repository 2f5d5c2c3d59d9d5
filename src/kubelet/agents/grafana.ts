import { agentsOf, direct, named, proxied } from './agent.ts';

const discovery = { when: 'discovery.kubelet' };
const scrapes = { when: 'a scrape of kubelets' };

export const grafanaAgents = agentsOf([
  {
    name: 'Grafana Alloy',
    repository: 'grafana/alloy',
    generic: true,
    images: ['grafana/alloy'],
    ...named('*-alloy'),
    userAgents: ['Alloy/'],
    calls: [...direct(['/pods'], discovery), ...direct(['/metrics', '/metrics/cadvisor'], scrapes)],
    narrowing: 'by value',
    setting:
      'rbac.rules and rbac.clusterRules; with kubelets up to 1.32 discovery.kubelet needs nodes/proxy',
    evidence:
      'operations/helm/charts/alloy/values.yaml, internal/component/discovery/kubelet/kubelet.go:58,130, chart 1.11.1 @66ebea85 (2026-08)',
  },
  {
    name: 'Grafana Agent',
    repository: 'grafana/agent',
    images: ['grafana/agent'],
    ...named('*-grafana-agent'),
    userAgents: ['GrafanaAgent/'],
    calls: [...direct(['/pods'], discovery), ...direct(['/metrics', '/metrics/cadvisor'], scrapes)],
    setting: 'rbac.create=false and a role of your own; end of life: Alloy takes its place',
    evidence:
      'operations/helm/charts/grafana-agent/templates/rbac.yaml, internal/component/discovery/kubelet/kubelet.go:58,135 @372611b6 (2026-03)',
  },
  {
    name: 'Grafana k8s-monitoring',
    repository: 'grafana/k8s-monitoring-helm',
    names: ['*-alloy-metrics'],
    calls: [
      ...direct(['/metrics', '/metrics/cadvisor', '/metrics/resource']),
      ...direct(['/metrics/probes'], { when: 'clusterMetrics.kubeletProbes' }),
      ...proxied(['/metrics', '/metrics/cadvisor', '/metrics/resource', '/metrics/probes'], {
        when: 'nodeAddressFormat: proxy',
      }),
    ],
    narrowing: 'by value',
    setting:
      'clusterMetrics.*.nodeAddressFormat=direct, the default, and telemetryServices.kepler off',
    evidence:
      'charts/k8s-monitoring/collectors/upstream/alloy-values.yaml:182-187, charts/feature-cluster-metrics/values.yaml:66, docs/examples/features/cluster-metrics/default/output.yaml:108,153 @19631109 (2026-08)',
  },
  {
    name: 'Promtail',
    repository: 'grafana/helm-charts',
    images: ['grafana/promtail'],
    ...named('*-promtail'),
    narrowing: 'unused',
    setting: 'rbac.create=false and a role without nodes/proxy; end of life: Alloy takes its place',
    evidence:
      'charts/promtail/templates/clusterrole.yaml:13 @7a0ab968 (2026-08); no kubelet call in clients of grafana/loki',
  },
]);
