/** At kubelets of all versions, or from 1.33 on, and up to 1.32. */
type Needs = string | readonly [since33: string, before33: string];

/**
 * What agents need, written from their sources by a survey of August 2026: as delivered, and, of those that call through the API
 * server, once they call directly. The verb is get unless one stands there.
 * `@apiserver`: checked there. `?`: only with an option. `~`: it goes on without. Comments say where the survey was wrong.
 */
export const expectedNeeds: readonly (readonly [agent: string, needs: Needs, direct?: Needs])[] = [
  ['metrics-server', 'nodes/metrics, nodes/stats?'],
  ['Prometheus', 'nodes/metrics, nodes/proxy @apiserver?', 'nodes/metrics'],
  ['kube-prometheus', 'nodes/metrics, nodes/proxy @apiserver?', 'nodes/metrics'],
  // The survey has nodes/metrics: that is of the Prometheus that it runs. The operator asks kubelets nothing.
  ['Prometheus Operator', ''],
  ['kube-prometheus-stack', 'nodes/metrics, nodes/proxy @apiserver?', 'nodes/metrics'],
  ['prometheus chart', 'nodes/metrics, nodes/proxy @apiserver?', 'nodes/metrics'],
  ['prometheus-adapter', ''],
  ['OpenShift monitoring', 'nodes/metrics'],
  ['vmagent', 'nodes/metrics, nodes/proxy @apiserver?', 'nodes/metrics'],
  // Not in the survey by itself.
  ['VictoriaMetrics Operator', ''],
  ['Google Cloud Managed Service for Prometheus', 'nodes/metrics?'],
  ['Sumo Logic', 'nodes/metrics'],
  ['Istio Prometheus add-on', 'nodes/metrics, nodes/proxy @apiserver?', 'nodes/metrics'],
  ['blob-csi-driver example Prometheus', 'nodes/metrics'],
  // Not in the survey: explain knows its log.
  ['heapster', 'nodes/stats?'],
  ['linkerd-viz', 'nodes/proxy @apiserver', 'nodes/metrics'],
  ['Flagger', 'nodes/proxy @apiserver?', 'nodes/metrics?'],
  ['Consul', 'nodes/proxy @apiserver?', 'nodes/metrics?'],
  // The survey has it without a condition: only the jobs of OpenFaaS Pro scrape kubelets.
  ['OpenFaaS', 'nodes/proxy @apiserver?', 'nodes/metrics?'],
  ['App Mesh Prometheus', 'nodes/proxy @apiserver', 'nodes/metrics'],
  ['YugabyteDB Anywhere', 'nodes/proxy @apiserver', 'nodes/metrics'],
  ['Kubecost cost-analyzer', 'nodes/proxy @apiserver', 'nodes/metrics'],
  ['Logz.io telemetry', 'nodes/proxy @apiserver', 'nodes/metrics'],
  // The survey has its nodes/proxy for both: rbac.nodeAccess is off, and nothing uses it.
  ['Logz.io fluentbit', ''],
  // The survey has it without a condition: nodes without the label are skipped (kubernetes.go:95).
  ['nri-prometheus', 'nodes/proxy @apiserver?', 'nodes/metrics?'],
  [
    'OpenTelemetry Collector',
    [
      'nodes/stats?, nodes/pods?, nodes/proxy @apiserver?',
      'nodes/stats?, nodes/proxy?, nodes/proxy @apiserver?',
    ],
    ['nodes/stats?, nodes/pods?', 'nodes/stats?, nodes/proxy?'],
  ],
  ['OpenTelemetry Collector without kubeletstats', ''],
  ['opentelemetry-collector chart', 'nodes/stats?'],
  // The survey has nodes/metrics without a condition: kubelet.enabled is off as delivered.
  [
    'opentelemetry-kube-stack chart',
    ['nodes/stats, nodes/pods, nodes/metrics?', 'nodes/stats, nodes/proxy, nodes/metrics?'],
  ],
  // The survey counts what operators grant as their needs: here it is in grants.
  ['OpenTelemetry Operator', ''],
  ['Splunk OpenTelemetry Collector', ['nodes/stats, nodes/pods', 'nodes/stats, nodes/proxy']],
  ['SignalFx Smart Agent', ['create nodes/stats, nodes/pods', 'create nodes/stats, nodes/proxy']],
  ['SigNoz k8s-infra', ['nodes/stats, nodes/pods', 'nodes/stats, nodes/proxy']],
  ['Honeycomb Kubernetes agent', ['nodes/stats, nodes/pods', 'nodes/stats, nodes/proxy']],
  [
    'nr-k8s-otel-collector',
    [
      'nodes/stats, nodes/pods, nodes/proxy @apiserver',
      'nodes/stats, nodes/proxy, nodes/proxy @apiserver',
    ],
    ['nodes/stats, nodes/pods, nodes/metrics', 'nodes/stats, nodes/proxy, nodes/metrics'],
  ],
  ['Odigos', 'nodes/stats'],
  [
    'OpenObserve collector',
    ['nodes/stats, nodes/pods, nodes/metrics', 'nodes/stats, nodes/proxy, nodes/metrics'],
  ],
  ['Coralogix OpenTelemetry agent', 'nodes/stats'],
  ['Coralogix Prometheus agent', 'nodes/metrics'],
  // The survey guesses here and at other closed sources, with a question mark.
  ['Middleware kube agent', 'unknown'],
  ['Grafana Alloy', ['nodes/pods?, nodes/metrics?', 'nodes/proxy?, nodes/metrics?']],
  ['Grafana Agent', ['nodes/pods?, nodes/metrics?', 'nodes/proxy?, nodes/metrics?']],
  // The survey has nodes/pods, which its Alloy may hold: no feature of the chart uses discovery.kubelet.
  ['Grafana k8s-monitoring', 'nodes/metrics, nodes/proxy @apiserver?', 'nodes/metrics'],
  ['Promtail', ''],
  ['AppDynamics', 'unknown'],
  ['Checkmk', 'nodes/proxy @apiserver~', ['nodes/healthz~', 'nodes/proxy~']],
  ['Coroot', ''],
  [
    'Datadog Agent',
    [
      'nodes/pods, nodes/stats, nodes/metrics, nodes/healthz, nodes/configz, nodes/proxy?, nodes/proxy @apiserver?',
      'nodes/proxy, nodes/stats, nodes/metrics, nodes/proxy @apiserver?',
    ],
    [
      'nodes/pods, nodes/stats, nodes/metrics, nodes/healthz, nodes/configz, nodes/proxy?',
      'nodes/proxy, nodes/stats, nodes/metrics',
    ],
  ],
  // As above.
  ['Datadog Operator', ''],
  ['Dynatrace ActiveGate', 'unknown'],
  ['Dynatrace log monitoring', ['nodes/pods', 'nodes/proxy']],
  ['Dynatrace Prometheus extensions', 'unknown'],
  ['Elastic Agent', 'nodes/stats'],
  ['Metricbeat', 'nodes/stats'],
  ['Instana agent', 'unknown'],
  ['Komodor agent', 'unknown'],
  ['Netdata', ['nodes/metrics, nodes/pods?', 'nodes/metrics, nodes/proxy?']],
  [
    'New Relic infrastructure',
    [
      'nodes/pods, nodes/stats, nodes/metrics, nodes/healthz, nodes/proxy @apiserver~?',
      'nodes/proxy, nodes/stats, nodes/metrics, nodes/proxy @apiserver~?',
    ],
    [
      'nodes/pods, nodes/stats, nodes/metrics, nodes/healthz',
      'nodes/proxy, nodes/stats, nodes/metrics',
    ],
  ],
  ['newrelic-infra-operator', 'unknown'],
  ['SUSE Observability node agent', 'unknown'],
  ['Telegraf', ['nodes/stats?, nodes/pods?', 'nodes/stats?, nodes/proxy?']],
  ['Wavefront collector', ['nodes/stats, nodes/pods', 'nodes/stats, nodes/proxy']],
  ['Zabbix', 'unknown'],
  ['kubelet-stats-exporter', 'unknown'],
  ['kube-summary-exporter', 'nodes/proxy @apiserver', 'nodes/stats'],
  ['ktop', 'nodes/proxy @apiserver?', 'nodes/metrics?'],
  ['Fluent Bit', ['nodes/pods?', 'nodes/proxy?']],
  // As above. It cannot have less than nodes/proxy while its code grants that.
  ['Logging operator', ''],
  ["Logging operator's Fluent Bit", ['nodes/pods?', 'nodes/proxy?']],
  ['aws-for-fluent-bit', ['nodes/pods?', 'nodes/proxy?']],
  ['Container Insights Fluent Bit', ['nodes/pods', 'nodes/proxy']],
  ['Coralogix Fluent Bit', ['nodes/pods', 'nodes/proxy']],
  ['Fluentd kubernetes_metadata filter', ''],
  ['Vector', ''],
  ['ADOT exporter for EKS', ['nodes/pods', 'nodes/proxy']],
  [
    'Amazon CloudWatch Observability',
    ['nodes/pods, nodes/stats?, nodes/metrics?', 'nodes/proxy, nodes/stats?, nodes/metrics?'],
  ],
  ['aws-cloudwatch-metrics', ['nodes/pods', 'nodes/proxy']],
  // The survey takes nodes/stats for unused: its own telemetry reads /stats/summary on each node (telemetry.go:759).
  ['Azure Monitor metrics', 'nodes/metrics, nodes/stats~'],
  [
    'Azure Monitor Container Insights',
    ['nodes/stats, nodes/pods, nodes/metrics', 'nodes/stats, nodes/proxy, nodes/metrics'],
  ],
  ['custom-metrics-stackdriver-adapter', ''],
  ['SPIRE agent', ['nodes/pods', 'nodes/proxy']],
  ["Cilium's SPIRE agent", ['nodes/pods?', 'nodes/proxy?']],
  ['App Mesh SPIRE agent', ['nodes/pods', 'nodes/proxy']],
  ["Istio's SPIRE sample", ['nodes/pods', 'nodes/proxy']],
  ['Teleport tbot', ['nodes/pods?', 'nodes/proxy?']],
  ['Falco', ''],
  ['k8s-metacollector', ''],
  // None of these for the survey at 1.32: it goes on without the answer.
  [
    'Inspektor Gadget',
    ['nodes/configz~, nodes/proxy @apiserver?', 'nodes/proxy~, nodes/proxy @apiserver?'],
    ['nodes/configz', 'nodes/proxy'],
  ],
  ['kube-bench', ''],
  ['Kubescape node-agent', 'nodes/proxy @apiserver', ['nodes/configz', 'nodes/proxy']],
  ['Kubeshark', ''],
  ['Pixie', ''],
  ['Sysdig agent', 'unknown'],
  ['Sysdig node-analyzer', 'unknown'],
  ['Sysdig shield', 'unknown'],
  ['Trivy Operator', 'nodes/proxy @apiserver', ['nodes/configz', 'nodes/proxy']],
  ['Wiz sensor', ['nodes/pods~?', 'nodes/proxy~?']],
  // The survey has what is needed once it calls directly, here and in the next ones that call through the API server.
  [
    'CAST AI workload-autoscaler-exporter',
    'nodes/proxy @apiserver, nodes/metrics?',
    'nodes/metrics',
  ],
  [
    'Cloudability metrics-agent',
    'nodes/stats, nodes/metrics, nodes/proxy @apiserver?',
    'nodes/stats, nodes/metrics',
  ],
  ['Goldilocks', ''],
  [
    'kubeturbo',
    [
      'nodes/stats, nodes/configz, nodes/metrics, nodes/proxy @apiserver~?',
      'nodes/stats, nodes/proxy, nodes/metrics, nodes/proxy @apiserver~?',
    ],
    ['nodes/stats, nodes/configz, nodes/metrics', 'nodes/stats, nodes/proxy, nodes/metrics'],
  ],
  ['OpenCost', 'nodes/proxy @apiserver~?, nodes/stats?', 'nodes/stats?'],
  ['VerticalPodAutoscaler', ''],
  ['k8s-ephemeral-storage-metrics', 'nodes/proxy @apiserver, nodes/stats?', 'nodes/stats'],
  ['kubectl-df-pv', 'nodes/proxy @apiserver', 'nodes/stats'],
  ['kwatch', 'nodes/proxy @apiserver', 'nodes/stats'],
  ['Rook', ''],
  ['cAdvisor', ''],
  ['Cilium', ''],
  ['crane-agent', 'nodes/proxy @apiserver', ['nodes/configz', 'nodes/proxy']],
  ['Descheduler', ''],
  ['Karpenter', ''],
  ['Katalyst agent', ['nodes/configz, nodes/pods', 'nodes/proxy']],
  ['KEDA', ''],
  ['Kepler', ['nodes/pods', 'nodes/proxy']],
  ['kindnet', 'nodes/proxy @apiserver?', ['nodes/configz?', 'nodes/proxy?']],
  ['koordlet', ['nodes/pods, nodes/configz', 'nodes/proxy']],
  ['kubelet-csr-approver', ''],
  ['Kubernetes Dashboard metrics-scraper', ''],
  ['Node Feature Discovery topology-updater', ['nodes/configz', 'nodes/proxy']],
  ['node-problem-detector', ''],
  ['Soperator checks', 'nodes/stats, nodes/proxy @apiserver?', 'nodes/stats'],
  ['Soperator rebooter', 'nodes/proxy @apiserver', ['nodes/pods', 'nodes/proxy']],
  // The survey has nodes/stats and nodes/metrics: it forwards all paths to the node proxy of the host's API server (filters/kubelet.go).
  [
    'vCluster',
    'nodes/proxy @apiserver?',
    [
      'nodes/metrics?, nodes/stats?, nodes/pods?, nodes/healthz?, nodes/proxy?',
      'nodes/metrics?, nodes/stats?, nodes/proxy?',
    ],
  ],
];
