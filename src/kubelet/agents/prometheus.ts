import { agentsOf, before, direct, named, proxied } from './agent.ts';

const kubelet = ['/metrics', '/metrics/cadvisor'];
const configured = /\/api\/v1\/nodes\/[^/\s]*\/proxy\//;
const relabeled = {
  when: 'jobs that relabel __address__ to the API server, as of charts before 2026',
  configured,
};

/** Condition of calls that Prometheus makes only if users of Prometheus Operator wrote jobs into a Secret. */
const inSecret = {
  when: 'jobs of additionalScrapeConfigs, or of monitors, that relabel __address__ to the API server',
  configured,
  operated: true,
} as const;

/** Names of service accounts and roles. The chart cuts them to 26 letters before it adds `-prometheus`. */
const cutNames = [...'kube-prometheus-stack'].flatMap((_, end, letters) =>
  end < 5 || letters[end] === '-' ? [] : [`*-${letters.slice(0, end + 1).join('')}-prometheus`],
);

const byOperator = { 'app.kubernetes.io/managed-by': 'prometheus-operator' };

export const prometheusAgents = agentsOf([
  {
    name: 'Prometheus',
    repository: 'prometheus/prometheus',
    generic: true,
    images: ['prometheus/prometheus', 'prom/prometheus'],
    serviceAccounts: ['default/prometheus'],
    labels: { 'app.kubernetes.io/name': 'prometheus' },
    userAgents: ['Prometheus/'],
    calls: [...direct(kubelet), ...proxied(kubelet, relabeled)],
    narrowing: 'least already',
    setting:
      'jobs that relabel __address__ to the API server need nodes/proxy there: drop these relabelings',
    evidence:
      'documentation/examples/rbac-setup.yml, prometheus-kubernetes.yml; scrape/scrape.go:803 (user agent) @d15adb9a (2026-08)',
  },
  {
    name: 'kube-prometheus',
    repository: 'prometheus-operator/kube-prometheus',
    serviceAccounts: ['monitoring/prometheus-k8s'],
    roles: ['prometheus-k8s'],
    confirmedBy: byOperator,
    calls: [
      ...direct([...kubelet, '/metrics/probes', '/metrics/slis']),
      ...proxied(kubelet, inSecret),
    ],
    narrowing: 'least already',
    evidence:
      'manifests/prometheus-clusterRole.yaml, kubernetesControlPlane-serviceMonitorKubelet.yaml @4d719f1d (2026-08)',
  },
  {
    name: 'Prometheus Operator',
    repository: 'prometheus-operator/prometheus-operator',
    images: ['prometheus-operator/prometheus-operator'],
    ...named('prometheus-operator'),
    // The operator only writes the addresses of kubelets; the Prometheus that it runs calls them.
    evidence: 'pkg/kubelet/controller.go, bundle.yaml @6adcebc5 (2026-08)',
  },
  {
    name: 'kube-prometheus-stack',
    repository: 'prometheus-community/helm-charts',
    names: [...cutNames, 'kube-prometheus-stack-prometheus'],
    confirmedBy: byOperator,
    calls: [
      ...direct([...kubelet, '/metrics/probes']),
      ...direct(['/metrics/resource'], { when: 'kubelet.serviceMonitor.resource' }),
      ...proxied(kubelet, inSecret),
    ],
    narrowing: 'least already',
    setting:
      'do not copy nodes/proxy from the comment on prometheus.additionalRulesForClusterRole in values.yaml',
    evidence:
      'charts/kube-prometheus-stack/templates/prometheus/clusterrole.yaml, chart 88.5.3 @cf408a29 (2026-08)',
  },
  {
    name: 'prometheus chart',
    repository: 'prometheus-community/helm-charts',
    generic: true,
    labels: { 'app.kubernetes.io/part-of': 'prometheus' },
    calls: [...direct(kubelet), ...proxied(kubelet, relabeled)],
    narrowing: 'least already',
    setting: 'chart 29.27.0 or later; jobs from values of older charts go through the API server',
    evidence:
      'charts/prometheus/values.yaml:844-858, templates/clusterrole.yaml @cf408a29 (2026-08); cfdf3c18 removed nodes/proxy',
  },
  {
    name: 'prometheus-adapter',
    repository: 'kubernetes-sigs/prometheus-adapter',
    images: ['prometheus-adapter/prometheus-adapter'],
    serviceAccounts: ['*-prometheus-adapter'],
    roles: ['prometheus-adapter', '*-prometheus-adapter-metrics'],
    labels: { 'app.kubernetes.io/name': 'prometheus-adapter' },
    narrowing: 'unused',
    setting: 'rbac.create=false and a role without nodes/stats',
    evidence:
      'prometheus-community/helm-charts charts/prometheus-adapter/templates/resource-metrics-cluster-role.yaml:18 @cf408a29 (2026-08); no kubelet client in its source',
  },
  {
    name: 'OpenShift monitoring',
    repository: 'openshift/cluster-monitoring-operator',
    serviceAccounts: ['openshift-monitoring/prometheus-k8s'],
    confirmedBy: byOperator,
    calls: direct([...kubelet, '/metrics/probes']),
    narrowing: 'least already',
    evidence:
      'assets/prometheus-k8s/cluster-role.yaml, assets/control-plane/service-monitor-kubelet.yaml @f581865b (2026-08)',
  },
  {
    name: 'vmagent',
    repository: 'VictoriaMetrics/operator',
    images: ['victoriametrics/vmagent'],
    serviceAccounts: ['*-victoria-metrics-agent', 'vmagent-*'],
    roles: ['*-victoria-metrics-agent'],
    labels: { 'app.kubernetes.io/name': 'vmagent' },
    userAgents: ['vm_promscrape'],
    calls: [
      ...direct(kubelet),
      ...direct(['/metrics/probes', '/metrics/resource'], { when: 'victoria-metrics-k8s-stack' }),
      ...proxied(kubelet, { ...before('2026-01-27'), configured }),
    ],
    narrowing: 'least already',
    setting: 'an operator or chart since 2026-01-27',
    evidence:
      'internal/controller/operator/factory/vmagent/rbac.go @d0d258c8 (2026-08); VictoriaMetrics/helm-charts charts/victoria-metrics-agent/values.yaml:594, victoria-metrics-k8s-stack/values.yaml:2232-2250 @5823471a (2026-08)',
  },
  {
    name: 'VictoriaMetrics Operator',
    repository: 'VictoriaMetrics/operator',
    images: ['victoriametrics/operator'],
    ...named('*-victoria-metrics-operator'),
    grants: ['get nodes/metrics', 'list nodes/metrics', 'watch nodes/metrics'],
    narrowing: 'grants to others',
    evidence: 'config/rbac/role.yaml:42, vmagent/rbac.go, vmsingle/rbac.go:62 @d0d258c8 (2026-08)',
  },
  {
    name: 'Google Cloud Managed Service for Prometheus',
    repository: 'GoogleCloudPlatform/prometheus-engine',
    images: ['prometheus-engine/prometheus'],
    // GKE Autopilot has its own namespace for it.
    serviceAccounts: ['gmp-system/collector', 'gke-gmp-system/collector'],
    roles: ['gmp-system:collector'],
    labels: { app: 'managed-prometheus-collector' },
    calls: direct(kubelet, { when: 'collection.kubeletScraping' }),
    narrowing: 'least already',
    evidence:
      'manifests/operator.yaml, pkg/operator/apis/monitoring/v1/operator_config.go:112 @2ffde4ec (2026-07); Autopilot: docs.cloud.google.com/kubernetes-engine/docs/tutorials/kueue-cohort',
  },
  {
    name: 'Sumo Logic',
    repository: 'SumoLogic/sumologic-kubernetes-collection',
    names: ['*-sumologic-metrics'],
    labels: { 'sumologic.com/app': 'otelcol' },
    calls: direct(kubelet),
    narrowing: 'least already',
    evidence:
      'deploy/helm/sumologic/templates/metrics/collector/otelcol/clusterrole.yaml @22f15dde; conf/metrics/collector/otelcol/config.yaml @d1cafaa1',
  },
  {
    name: 'Istio Prometheus add-on',
    repository: 'istio/istio',
    serviceAccounts: ['istio-system/prometheus'],
    calls: [...direct(kubelet), ...proxied(kubelet, { ...before('Istio 1.29'), configured })],
    narrowing: 'least already',
    setting: 'the add-on of Istio 1.29 or later',
    evidence: 'samples/addons/prometheus.yaml @86c9f01f (2026-08)',
  },
  {
    name: 'blob-csi-driver example Prometheus',
    repository: 'kubernetes-sigs/blob-csi-driver',
    calls: direct(['/metrics']),
    narrowing: 'least already',
    setting: 'the example since e65ecff0',
    evidence: 'deploy/example/metrics/prometheus-setup.yaml:24, README.md @0744a60b (2026-08)',
  },
  {
    name: 'Lens Metrics',
    repository: 'lensapp/lens',
    serviceAccounts: ['lens-metrics/prometheus'],
    roles: ['lens-prometheus'],
    // Lens installs this Prometheus if its user enables metrics.
    calls: direct(['/metrics', '/metrics/cadvisor']),
    setting: 'patch the role: its rule for nodes/proxy has no use',
    evidence:
      'src/features/metrics/05-clusterrole.yml:9-10 @de95c84, extensions/metrics-cluster-feature/resources/02-configmap.yml.hb:64-95 @12f7834 (dates not seen)',
  },
  {
    name: 'Rancher Monitoring',
    repository: 'rancher/ob-team-charts',
    names: ['*-rancher-monitoring-prometheus'],
    confirmedBy: byOperator,
    calls: direct([...kubelet, '/metrics/probes']),
    narrowing: 'least already',
    setting:
      'with hardenedKubelet.enabled or k3sServer.enabled its PushProx calls in its place, and nodes/metrics has no use',
    evidence:
      'charts/rancher-monitoring/80.9.1-rancher.19/templates/prometheus/clusterrole.yaml:13-20, templates/exporters/kubelet/servicemonitor.yaml:4,39-108, values.yaml:2412-2503 @15149949 (2026-08)',
  },
  {
    name: "Rancher Monitoring's PushProx",
    repository: 'rancher/ob-team-charts',
    names: ['pushprox-kubelet-client', 'pushprox-k3s-server-client'],
    labels: { 'k8s-app': 'pushprox-kubelet-client' },
    // The client calls 127.0.0.1 on each node on behalf of Prometheus, but with its own token.
    calls: direct([...kubelet, '/metrics/probes']),
    narrowing: 'least already',
    evidence:
      'charts/rancher-monitoring/80.9.1-rancher.19/values.yaml:130-171,494-535, charts/hardenedKubelet/templates/pushprox-clients-rbac.yaml:8-22 @15149949 (2026-08); rancher/PushProx cmd/client/main.go:133-159 @ad56140 (2026-06)',
  },
]);
