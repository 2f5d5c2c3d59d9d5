import { agentsOf, before, direct, named, proxied } from './agent.ts';

/** Agents whose logs `explain` recognizes. `explain` tries them in this order, and loads no other agents. */
export const agentsWithLogs = agentsOf([
  {
    name: 'metrics-server',
    repository: 'kubernetes-sigs/metrics-server',
    images: ['metrics-server/metrics-server'],
    serviceAccounts: ['metrics-server'],
    roles: ['system:metrics-server'],
    labels: { 'app.kubernetes.io/name': 'metrics-server', 'k8s-app': 'metrics-server' },
    log: {
      pattern:
        /Failed to scrape node|[Uu]nable to (?:fully (?:scrape|collect) metrics|fetch metrics from (?:source )?(?:[Kk]ubelet|node))|getting metrics summary from Kubelet|\brequest failed - "40[13] /,
      // Versions up to 0.4 log `request failed - `, and request /stats/summary.
      path: (text) => (text.includes('request failed - ') ? '/stats/summary' : '/metrics/resource'),
      subject: 'serviceaccount:kube-system:metrics-server',
    },
    calls: [...direct(['/metrics/resource']), ...direct(['/stats/summary'], before('0.6.0'))],
    narrowing: 'least already',
    evidence:
      'manifests/base/rbac.yaml, charts/metrics-server/templates/clusterrole.yaml, pkg/scraper/client/resource/client.go:85 @5ed5d3a2 (2026-08)',
  },
  {
    name: 'Datadog Agent',
    repository: 'DataDog/helm-charts',
    images: [
      'registry.datadoghq.com/agent',
      'datadoghq.azurecr.io/agent',
      'datadoghq/agent',
      'datadog/agent',
    ],
    names: ['*-datadog', 'datadog-agent'],
    labels: { 'agent.datadoghq.com/component': 'agent' },
    ownVariables: ['DD_KUBERNETES_KUBELET_HOST', 'DD_KUBELET_TLS_VERIFY'],
    log: {
      pattern:
        /\bcheck:kubelet\b|\bcheck kubelet: \[|\(kubelet\.py:\d{1,5}\)|\bkubeutil\b|\bkubelet check https?:|securely reach the kubelet|impossible to reach Kubelet with host|detect the kubelet URL|connect to kubelet using any of the given hosts|pod list from the kubelet/,
      // On its first connection, the agent requests /pods. Later, it checks the connection by a request for /stats/summary.
      path: (text) =>
        /securely reach the kubelet|pod list from the kubelet/.test(text)
          ? '/pods'
          : '/stats/summary',
    },
    calls: [
      ...direct(['/pods', '/stats/summary', '/metrics', '/metrics/cadvisor', '/metrics/probes']),
      ...direct(['/metrics/slis', '/healthz', '/configz']),
      ...direct(['/containerLogs'], {
        when: 'logs_config.k8s_container_use_kubelet_api',
        variable: 'DD_LOGS_CONFIG_K8S_CONTAINER_USE_KUBELET_API',
      }),
      ...proxied(['/pods', '/stats/summary', '/metrics', '/metrics/cadvisor'], {
        when: 'eks_fargate',
        variable: 'DD_EKS_FARGATE',
      }),
    ],
    variables: {
      verifies: 'DD_KUBELET_TLS_VERIFY',
      ca: 'DD_KUBELET_CLIENT_CA',
      host: 'DD_KUBERNETES_KUBELET_HOST',
      port: 'DD_KUBERNETES_HTTPS_KUBELET_PORT',
    },
    narrowing: 'by value',
    setting: 'datadog.kubelet.fineGrainedAuthorization=true; logs from files, the default',
    evidence:
      'charts/datadog/templates/rbac.yaml:97-107, chart 3.240.0 @79f7c74f (2026-08); DataDog/datadog-agent pkg/util/kubernetes/kubelet/kubelet.go @01b8f7de',
  },
  {
    name: 'OpenTelemetry Collector',
    repository: 'open-telemetry/opentelemetry-collector-contrib',
    generic: true,
    images: [
      'opentelemetry-collector-releases/opentelemetry-collector-k8s',
      'otel/opentelemetry-collector-contrib',
    ],
    log: { pattern: /kubeletstats|\bkubelet request GET /i, path: () => '/stats/summary' },
    calls: [
      ...direct(['/stats/summary'], { when: 'the kubeletstats receiver' }),
      ...direct(['/pods'], {
        when: 'the kubeletstats receiver, with extra_metadata_labels or a *_utilization metric',
      }),
      ...proxied(['/stats/summary', '/pods'], {
        when: 'the kubeletstats receiver, with auth_type kubeConfig',
      }),
    ],
    setting:
      'nodes/pods only with extra_metadata_labels or *_utilization metrics; no auth_type kubeConfig, which goes through the API server',
    evidence:
      'receiver/kubeletstatsreceiver/README.md, scraper.go, internal/kubelet/rest_client.go, client.go @02a6748 (2026)',
  },
  {
    name: 'Elastic Agent',
    repository: 'elastic/elastic-agent',
    // `beats` up to 8.x.
    images: [
      ...['elastic-agent/elastic-agent', 'beats/elastic-agent'],
      // Variants of the image, of which slim is the least.
      ...['elastic-agent/elastic-agent-slim', 'elastic-agent/elastic-agent-slim-wolfi'],
      ...['elastic-agent/elastic-agent-complete', 'elastic-agent/elastic-agent-complete-wolfi'],
      'elastic-agent/elastic-agent-wolfi',
    ],
    serviceAccounts: ['elastic-agent', 'elastic-agent-standalone', 'agent-pernode-*'],
    roles: ['elastic-agent', 'elastic-agent-standalone', 'agent-perNode-*'],
    labels: { 'app.kubernetes.io/name': 'elastic-agent', app: 'elastic-agent-standalone' },
    log: {
      pattern:
        /metricset kubernetes\.(?:node|pod|container|system|volume)\b|fetch '(?:node|pod|container|system|volume)' Metricset/,
      path: () => '/stats/summary',
    },
    calls: direct(['/stats/summary']),
    narrowing: 'unused',
    setting:
      'the manifests (deploy/kubernetes/elastic-agent-*.yaml); with the chart a role of your own',
    evidence:
      'deploy/helm/elastic-agent/templates/agent/cluster-role.yaml:34, templates/integrations/_kubernetes @07adab5b (2026-08); images: dev-tools/packaging/packages.yml @0138a771',
  },
  {
    name: 'Telegraf',
    repository: 'influxdata/helm-charts',
    generic: true,
    images: ['library/telegraf'],
    serviceAccounts: ['*-telegraf-ds'],
    roles: ['influx:telegraf', 'influx-stats-viewer'],
    labels: { 'app.kubernetes.io/name': 'telegraf-ds' },
    userAgents: ['Telegraf/'],
    log: { pattern: /\[inputs\.kubernetes\]/, path: () => '/stats/summary' },
    calls: [
      ...direct(['/stats/summary', '/pods'], { when: 'inputs.kubernetes' }),
      ...direct(['/pods'], {
        when: 'url_kubelet of inputs.kube_inventory, or pod_scrape_scope=node of inputs.prometheus',
      }),
    ],
    setting: 'rbac.create=false and a role of your own',
    evidence:
      'charts/telegraf-ds/templates/role.yaml, chart 1.1.53 @4595ef4 (2026-08); influxdata/telegraf plugins/inputs/kubernetes/kubernetes.go:149,214, kube_inventory/pod.go:18, prometheus/kubernetes.go:235 @b2726314 (2026-08)',
  },
  {
    name: 'Fluent Bit',
    repository: 'fluent/fluent-bit',
    generic: true,
    images: ['fluent/fluent-bit'],
    names: ['*-fluent-bit', '*-fluent-bit-collector'],
    labels: { 'app.kubernetes.io/name': 'fluent-bit' },
    log: {
      pattern: /\bkubelet upstream connection error|request to Kubelet for pods/,
      path: () => '/pods',
    },
    calls: direct(['/pods'], { when: 'Use_Kubelet On' }),
    setting:
      'rbac.nodeAccess=false, the default; with Use_Kubelet On, bind a role with get on nodes/pods',
    evidence:
      'fluent/helm-charts charts/fluent-bit/templates/clusterrole.yaml, charts/fluent-bit-collector/templates/clusterrole.yaml:15 @5b81bf7 (2026-08); plugins/filter_kubernetes/kube_meta.h:62 @d55459d4 (2026-08)',
  },
  {
    name: 'New Relic infrastructure',
    repository: 'newrelic/nri-kubernetes',
    images: ['newrelic/nri-kubernetes'],
    ...named('*-newrelic-infrastructure'),
    log: {
      pattern:
        /retrieving kubelet data|kubelet data was not populated|connecting to kubelet using the connector|no connection succeeded through localhost|Error get+ing (?:url|path) /,
      path: () => '/stats/summary',
    },
    calls: [
      ...direct(['/pods', '/stats/summary', '/metrics/cadvisor', '/healthz']),
      ...proxied(['/pods', '/stats/summary', '/metrics/cadvisor', '/healthz'], {
        when: 'no direct answer',
        optional: true,
      }),
    ],
    narrowing: 'by value',
    setting:
      'rbac.kubeletFineGrainedAuth=true; it gives up the way through the API server. kubelet.fetchPodsFromKubeService avoids /pods',
    evidence:
      'charts/newrelic-infrastructure/templates/clusterrole.yaml, src/kubelet/metric/pods.go:26, metric.go:18, cadvisor.go:16, client/client.go:19, connector.go:27, chart 4.5.0 @22a20cdf (2026-08)',
  },
  {
    name: 'heapster',
    repository: 'kubernetes-retired/heapster',
    serviceAccounts: ['heapster'],
    roles: ['system:heapster'],
    labels: { 'k8s-app': 'heapster' },
    log: {
      pattern: /scraping containers from kubelet:|from Kubelet URL "|\bKubelet request failed - "/,
      path: () => '/stats/container',
    },
    // Heapster also called /stats/container with POST, a path that kubelets no longer serve.
    calls: direct(['/stats/summary/'], { when: '--source=kubernetes.summary_api' }),
    setting: 'retired: metrics-server takes its place',
    evidence: 'deploy/kube-config/rbac/heapster-rbac.yaml @2f37c752 (2018)',
  },
]);
