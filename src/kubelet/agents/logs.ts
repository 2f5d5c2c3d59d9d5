import { agentsOf, direct, named } from './agent.ts';

const useKubelet = { when: 'Use_Kubelet On' };

export const logAgents = agentsOf([
  {
    name: 'Logging operator',
    repository: 'kube-logging/logging-operator',
    images: ['kube-logging/logging-operator'],
    ...named('*-logging-operator'),
    // If Use_Kubelet is On, the operator grants these permissions to its Fluent Bit pods, which need only get on nodes/pods.
    grants: ['get nodes/proxy', 'list nodes/proxy', 'watch nodes/proxy'],
    narrowing: 'grants to others',
    setting: 'without Use_Kubelet On, the default, its rule for nodes/proxy has no use',
    evidence: 'charts/logging-operator/templates/clusterrole.yaml:37 @51679aa5 (2026-08)',
  },
  {
    name: "Logging operator's Fluent Bit",
    repository: 'kube-logging/logging-operator',
    ...named('*-fluentbit'),
    calls: direct(['/pods'], useKubelet),
    narrowing: 'grants to others',
    setting: 'filterKubernetes.Use_Kubelet Off, the default',
    evidence: 'pkg/resources/fluentbit/rbac.go:73, fluentbit.go:42-62 @51679aa5 (2026-08)',
  },
  {
    name: 'aws-for-fluent-bit',
    repository: 'aws/eks-charts',
    generic: true,
    images: ['aws-observability/aws-for-fluent-bit'],
    ...named('*-aws-for-fluent-bit'),
    calls: direct(['/pods'], useKubelet),
    narrowing: 'unused',
    setting: 'no value: patch the role after rendering',
    evidence:
      'stable/aws-for-fluent-bit/templates/clusterrole.yaml:12, values.yaml:88 @5239609 (2026-08)',
  },
  {
    name: 'Container Insights Fluent Bit',
    repository: 'aws-samples/amazon-cloudwatch-container-insights',
    serviceAccounts: ['amazon-cloudwatch/fluent-bit'],
    calls: direct(['/pods']),
    setting: 'edit the manifest',
    evidence:
      'k8s-deployment-manifest-templates/deployment-mode/daemonset/container-insights-monitoring/fluent-bit/fluent-bit.yaml:113 @dfd9611 (2026-05)',
  },
  {
    name: 'Coralogix Fluent Bit',
    repository: 'coralogix/telemetry-shippers',
    names: ['fluent-bit-coralogix'],
    calls: direct(['/pods']),
    setting: 'Use_Kubelet Off',
    evidence:
      'logs/fluent-bit/k8s-helm/coralogix/values.yaml:2,69,134, k8s-manifest/fluentbit-rbac.yaml:23 @c5217406 (2026-07)',
  },
  {
    name: 'Fluentd kubernetes_metadata filter',
    repository: 'fabric8io/fluent-plugin-kubernetes_metadata_filter',
    images: ['fluent/fluentd-kubernetes-daemonset'],
    ...named('*-fluentd'),
    evidence:
      'lib @c5047ca (2025-01); fluent/fluentd-kubernetes-daemonset fluentd-daemonset-elasticsearch-rbac.yaml @849b9e1e (2026-08)',
  },
  {
    name: 'Vector',
    repository: 'vectordotdev/helm-charts',
    images: ['timberio/vector'],
    labels: { 'app.kubernetes.io/name': 'vector' },
    evidence: 'charts/vector/templates/rbac.yaml, values.yaml:140 @6dbdb4a (2026-06)',
  },
]);
