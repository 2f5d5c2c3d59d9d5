import { agentsOf, direct, named, proxied } from './agent.ts';

export const costAgents = agentsOf([
  {
    name: 'CAST AI workload-autoscaler-exporter',
    repository: 'castai/helm-charts',
    ...named('*-castai-workload-autoscaler-exporter'),
    calls: [
      ...proxied(['/metrics/probes', '/metrics/cadvisor']),
      ...direct(['/metrics/probes', '/metrics/cadvisor'], {
        when: 'exporter.config.nodeMetrics.mode=kubelet',
      }),
    ],
    narrowing: 'by value',
    setting: 'exporter.config.nodeMetrics.mode=kubelet',
    evidence:
      'charts/castai-workload-autoscaler-exporter/templates/exporter-cluster-role.yaml, _helpers.tpl:109-117, values.yaml:181-232 @daa46281 (2026-08)',
  },
  {
    name: 'Cloudability metrics-agent',
    repository: 'cloudability/metrics-agent',
    images: ['cloudability/metrics-agent'],
    serviceAccounts: ['cloudability/metrics-agent'],
    labels: { 'app.kubernetes.io/name': 'metrics-agent' },
    ownVariables: ['CLOUDABILITY_FORCE_KUBE_PROXY', 'CLOUDABILITY_CLUSTER_NAME'],
    calls: [
      ...direct(['/stats/summary', '/metrics/cadvisor']),
      ...proxied(['/stats/summary', '/metrics/cadvisor'], {
        when: 'no direct answer, Fargate, or CLOUDABILITY_FORCE_KUBE_PROXY',
        variable: 'CLOUDABILITY_FORCE_KUBE_PROXY',
      }),
    ],
    variables: { insecure: 'CLOUDABILITY_INSECURE' },
    narrowing: 'by value',
    setting: 'rbac.clusterRole.allowKubeProxy=false',
    evidence:
      'charts/metrics-agent/templates/clusterrole.yaml:36, kubernetes/nodecollection.go:202-241,321 @59c33f6 (2026-07)',
  },
  {
    name: 'Goldilocks',
    repository: 'FairwindsOps/goldilocks',
    images: ['oss/goldilocks'],
    names: ['*-goldilocks-controller'],
    labels: { 'app.kubernetes.io/name': 'goldilocks' },
    evidence: 'FairwindsOps/charts stable/goldilocks @21a94b67 (2026-08): metrics API only',
  },
  {
    name: 'kubeturbo',
    repository: 'turbonomic/kubeturbo',
    images: ['turbonomic/kubeturbo'],
    serviceAccounts: ['turbo/turbo-user'],
    roles: ['turbo-cluster-reader', 'turbo-cluster-admin'],
    labels: { 'app.kubernetes.io/name': 'kubeturbo' },
    calls: [
      ...direct(['/stats/summary/', '/configz', '/metrics/cadvisor']),
      ...proxied(['/stats/summary/', '/configz', '/metrics/cadvisor'], {
        when: 'no direct answer',
        optional: true,
      }),
    ],
    setting:
      'roleName with a role of your own: the default binds cluster-admin. It gives up the way through the API server',
    evidence:
      'deploy/kubeturbo/values.yaml:26, templates/serviceaccount.yaml:57-64, pkg/kubeclient/kubelet_client.go:34-36,142,192 @0df83598 (2025-03)',
  },
  {
    name: 'OpenCost',
    repository: 'opencost/opencost-helm-chart',
    images: ['opencost/opencost'],
    ...named('*-opencost'),
    calls: [
      ...proxied(['/stats/summary'], { when: 'collectorDataSource.enabled', optional: true }),
      ...direct(['/stats/summary'], { when: 'collectorDataSource.enabled' }),
    ],
    narrowing: 'by value',
    setting:
      'opencost.exporter.collectorDataSource.enabled=false, the default; with it, get on nodes/stats: its first try fails, the second is direct',
    evidence:
      'charts/opencost/templates/clusterrole.yaml:15-16, chart 2.5.17 @725bb93 (2026-04); opencost/opencost core/pkg/nodestats/nodestats.go @30339b54',
  },
  {
    name: 'VerticalPodAutoscaler',
    repository: 'kubernetes/autoscaler',
    images: ['autoscaling/vpa-recommender'],
    serviceAccounts: ['vpa-recommender', '*-vertical-pod-autoscaler-recommender'],
    roles: ['system:vpa-actor'],
    labels: { 'app.kubernetes.io/name': 'vertical-pod-autoscaler' },
    evidence: 'vertical-pod-autoscaler/deploy/vpa-rbac.yaml @55c37cd5 (2026-08): metrics API only',
  },
]);
