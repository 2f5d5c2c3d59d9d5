import { agentsOf, direct, named } from './agent.ts';

export const cloudAgents = agentsOf([
  {
    name: 'ADOT exporter for EKS',
    repository: 'aws-observability/aws-otel-helm-charts',
    images: ['amazon/aws-otel-collector'],
    serviceAccounts: ['adot-collector-sa'],
    roles: ['adot-collector-role'],
    labels: { 'app.kubernetes.io/name': 'adot-exporter-for-eks-on-ec2' },
    calls: direct(['/pods']),
    evidence:
      'charts/adot-exporter-for-eks-on-ec2/templates/adot-collector/clusterrole.yaml @f3e71c9 (2024-10); receiver/awscontainerinsightreceiver of opentelemetry-collector-contrib',
  },
  {
    name: 'Amazon CloudWatch Observability',
    repository: 'aws-observability/helm-charts',
    images: ['cloudwatch-agent/cloudwatch-agent'],
    serviceAccounts: ['cloudwatch-agent'],
    roles: ['cloudwatch-agent-role'],
    labels: { name: 'cloudwatch-agent' },
    calls: [
      ...direct(['/pods']),
      ...direct(['/stats/summary', '/metrics/cadvisor'], { when: 'otelContainerInsights.enabled' }),
    ],
    setting:
      'no value: patch the role after rendering. Its Fluent Bit shares it, with Use_Kubelet On',
    evidence:
      'charts/amazon-cloudwatch-observability/templates/cloudwatch-agent-clusterrole.yaml:10-32, values.yaml:147, chart 6.4.0 @71a298f (2026-08); aws/amazon-cloudwatch-agent internal/k8sCommon/kubeletutil/kubeletclient.go:35 @ab55b8da (2026-08)',
  },
  {
    name: 'aws-cloudwatch-metrics',
    repository: 'aws/eks-charts',
    images: ['amazon/cloudwatch-agent'],
    ...named('*-aws-cloudwatch-metrics'),
    calls: direct(['/pods']),
    setting: 'no value: patch the role after rendering',
    evidence:
      'stable/aws-cloudwatch-metrics/templates/clusterrole.yaml:16-19 @5239609 (2026-08); aws/amazon-cloudwatch-agent internal/k8sCommon/kubeletutil/kubeletclient.go:35 @ab55b8da (2026-08)',
  },
  {
    name: 'Azure Monitor metrics',
    repository: 'Azure/prometheus-collector',
    images: ['ciprod/prometheus-collector/images'],
    serviceAccounts: ['ama-metrics-serviceaccount'],
    roles: ['ama-metrics-reader'],
    labels: { dsName: 'ama-metrics-node', rsName: 'ama-metrics' },
    calls: [
      ...direct(['/metrics', '/metrics/cadvisor']),
      // The agent's own telemetry calls this path on each node.
      ...direct(['/stats/summary'], { optional: true }),
    ],
    narrowing: 'managed',
    setting: 'an add-on since 2026-02-18',
    evidence:
      'otelcollector/deploy/addon-chart/azure-monitor-metrics-addon/templates/ama-metrics-clusterRole.yaml, otelcollector/fluent-bit/src/telemetry.go:759, out_appinsights.go:48 @39583fd5 (2026-07)',
  },
  {
    name: 'Azure Monitor Container Insights',
    repository: 'microsoft/Docker-Provider',
    images: ['azuremonitor/containerinsights/ciprod'],
    serviceAccounts: ['ama-logs'],
    roles: ['ama-logs-reader'],
    labels: { component: 'ama-logs-agent' },
    calls: direct(['/stats/summary', '/pods', '/metrics']),
    narrowing: 'managed',
    evidence:
      'charts/azuremonitor-containers/templates/ama-logs-rbac.yaml, kubernetes/ama-logs.yaml, kubernetes/linux/main.sh:813-845 @b7805584 (2024-10)',
  },
  {
    name: 'custom-metrics-stackdriver-adapter',
    repository: 'GoogleCloudPlatform/k8s-stackdriver',
    images: ['gke-release/custom-metrics-stackdriver-adapter'],
    serviceAccounts: ['custom-metrics-stackdriver-adapter'],
    roles: ['custom-metrics-resource-reader'],
    labels: { 'k8s-app': 'custom-metrics-stackdriver-adapter' },
    // The adapter reads from Cloud Monitoring and calls no kubelet.
    narrowing: 'unused',
    setting: 'the role without nodes/stats, after a test',
    evidence:
      'custom-metrics-stackdriver-adapter/deploy/production/adapter_new_resource_model.yaml @673c7dd8 (2026-08); no kubelet call in adapter.go and pkg',
  },
]);
