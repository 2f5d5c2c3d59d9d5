import { agentsOf, before, direct, named, proxied } from './agent.ts';

export const platformAgents = agentsOf([
  {
    name: 'cAdvisor',
    repository: 'google/cadvisor',
    images: ['google/cadvisor'],
    // The pod runs cAdvisor, which reads from the host and calls no kubelet.
    evidence: 'deploy/kubernetes/base/daemonset.yaml @6a0c4f25 (2026-07)',
  },
  {
    name: 'Cilium',
    repository: 'cilium/cilium',
    images: ['cilium/cilium'],
    roles: ['cilium'],
    evidence: 'install/kubernetes/cilium/templates/cilium-agent/clusterrole.yaml @02515d1e',
  },
  {
    name: 'crane-agent',
    repository: 'gocrane/crane',
    images: ['gocrane/crane-agent'],
    ...named('crane-agent', 'app'),
    calls: proxied(['/configz']),
    setting: 'only a change of its code can do that',
    evidence: 'deploy/crane-agent/rbac.yaml:29, pkg/utils/node.go:182-188 @2b0ddae8 (2024-12)',
  },
  {
    name: 'Descheduler',
    repository: 'kubernetes-sigs/descheduler',
    images: ['descheduler/descheduler'],
    serviceAccounts: ['descheduler-sa', '*-descheduler'],
    roles: ['descheduler-cluster-role', '*-descheduler'],
    labels: { 'app.kubernetes.io/name': 'descheduler' },
    evidence: 'kubernetes/base/rbac.yaml @7d2b28bf (2026-06): metrics API only',
  },
  {
    name: 'Karpenter',
    repository: 'kubernetes-sigs/karpenter',
    images: ['karpenter/controller'],
    serviceAccounts: ['karpenter'],
    roles: ['karpenter', 'karpenter-core'],
    labels: { 'app.kubernetes.io/name': 'karpenter' },
    evidence: 'aws/karpenter-provider-aws charts/karpenter @1d927085 (2026-08): no nodes/*',
  },
  {
    name: 'Katalyst agent',
    repository: 'kubewharf/katalyst-core',
    images: ['kubewharf/katalyst-agent'],
    ...named('katalyst-agent'),
    calls: direct(['/configz', '/pods']),
    setting:
      'without --enable-kubelet-secure-port, which its chart sets, it asks the read-only port',
    evidence:
      'cmd/katalyst-agent/app/options/global/base.go:32-35,139 @d8c28ea1 (2026-04); kubewharf/charts charts/katalyst/charts/agent/templates/rbac.yaml:41, values.yaml:45 @8dd4c09 (2024-10)',
  },
  {
    name: 'KEDA',
    repository: 'kedacore/keda',
    images: ['kedacore/keda', 'kedacore/keda-metrics-apiserver'],
    serviceAccounts: ['keda-operator', 'keda-metrics-server'],
    roles: ['keda-operator'],
    labels: { 'app.kubernetes.io/part-of': 'keda-operator' },
    evidence: 'kedacore/charts keda @1444d00 (2026-08): no nodes/*',
  },
  {
    name: 'Kepler',
    repository: 'sustainable-computing-io/kepler',
    images: ['sustainable_computing_io/kepler'],
    ...named('kepler'),
    calls: direct(['/pods']),
    narrowing: 'by value',
    setting: 'kube.podInformer.mode: apiserver, then the role without nodes/proxy',
    evidence:
      'manifests/helm/kepler/templates/rbac.yaml, manifests/k8s/rbac.yaml, internal/k8s/pod/kubelet.go:208 @13944a69 (2026-08)',
  },
  {
    name: 'kindnet',
    repository: 'kubernetes-sigs/kindnet',
    images: ['networking/kindnet'],
    ...named('kindnet', 'k8s-app'),
    // The DNS cache of older versions sends this request.
    calls: proxied(['/configz'], before('2026-01-29')),
    narrowing: 'unused',
    setting: 'a release with 629dc20: it holds nothing more',
    evidence:
      'install-kindnet.yaml @57aff7e (2026-06); 629dc20 removed nodes/proxy and pkg/dnscache/node.go',
  },
  {
    name: 'koordlet',
    repository: 'koordinator-sh/koordinator',
    images: ['koordinator-sh/koordlet'],
    serviceAccounts: ['koordlet'],
    roles: ['koordlet-role'],
    labels: { 'koord-app': 'koordlet' },
    calls: direct(['/pods/', '/configz']),
    evidence:
      'config/rbac/koordlet.yaml, pkg/koordlet/statesinformer/impl/kubelet_stub.go:73,113 @a7a1b76b (2026-07)',
  },
  {
    name: 'kubelet-csr-approver',
    repository: 'postfinance/kubelet-csr-approver',
    images: ['postfinance/kubelet-csr-approver'],
    ...named('*-kubelet-csr-approver'),
    evidence: 'charts/kubelet-csr-approver/templates/clusterrole.yaml @993754f (2026-04)',
  },
  {
    name: 'Kubernetes Dashboard metrics-scraper',
    repository: 'kubernetes/dashboard',
    images: ['kubernetesui/dashboard-metrics-scraper'],
    ...named('*-kubernetes-dashboard-metrics-scraper'),
    evidence: 'charts/kubernetes-dashboard @2f3f7b01 (2025-09): metrics API only',
  },
  {
    name: 'Node Feature Discovery topology-updater',
    repository: 'kubernetes-sigs/node-feature-discovery',
    names: ['*-node-feature-discovery-topology-updater'],
    // The master, the worker and the garbage collector have the same image and label, but call no kubelet.
    commands: ['nfd-topology-updater'],
    calls: direct(['/configz']),
    narrowing: 'least already',
    setting: '-kubelet-config-uri=file:///… reads the file of the host: no permission',
    evidence:
      'deployment/helm/node-feature-discovery/templates/clusterrole.yaml, cmd/nfd-topology-updater/main.go:86-94 @76e6cc8c (2026-07)',
  },
  {
    name: 'node-problem-detector',
    repository: 'kubernetes/node-problem-detector',
    images: ['node-problem-detector/node-problem-detector'],
    serviceAccounts: ['node-problem-detector'],
    roles: ['system:node-problem-detector'],
    labels: { app: 'node-problem-detector' },
    // node-problem-detector calls the kubelet's health port, 10248, not its API.
    evidence: 'deployment/rbac.yaml, pkg/healthchecker/types/types.go:49 @6632ca67 (2026-08)',
  },
  {
    name: 'Soperator checks',
    repository: 'nebius/soperator',
    images: ['soperator/soperatorchecks'],
    roles: ['*-soperator-checks-role'],
    labels: { 'control-plane': 'soperatorchecks' },
    calls: [...direct(['/stats/summary']), ...proxied(['/stats/summary'], before('2026-08-19'))],
    narrowing: 'least already',
    setting: 'a release with ce4bea46',
    evidence:
      'helm/soperatorchecks/templates/soperator-checks-rbac.yaml:34, internal/controller/soperatorchecks/kubelet_stats_client.go:25 @c238d993 (2026-08)',
  },
  {
    name: 'Soperator rebooter',
    repository: 'nebius/soperator',
    images: ['soperator/rebooter'],
    roles: ['*-nodeconfigurator-role'],
    calls: proxied(['/pods']),
    setting: 'only a change of its code can do that',
    evidence:
      'config/rbac/nodeconfigurator/role.yaml, internal/rebooter/apiserver_node_proxy.go:29-33 @c238d993 (2026-08)',
  },
  {
    name: 'vCluster',
    repository: 'loft-sh/vcluster',
    images: ['loft-sh/vcluster-pro'],
    labels: { app: 'vcluster' },
    // Requests of tenants to the fake kubelets are forwarded to the host's API server.
    calls: proxied(
      ['/metrics', '/metrics/cadvisor', '/stats/summary', '/pods', '/healthz', '/containerLogs'],
      {
        when: 'sync.fromHost.nodes.enabled with networking.advanced.proxyKubelets, and a tenant asks',
      },
    ),
    narrowing: 'by value',
    setting: 'networking.advanced.proxyKubelets.byIP=false and byHostname=false take the rule away',
    evidence:
      'chart/templates/clusterrole.yaml:32-35, pkg/server/filters/kubelet.go, metrics.go @48766754 (2026-08)',
  },
  {
    name: 'KubeVirt',
    repository: 'kubevirt/kubevirt',
    images: ['kubevirt/virt-handler', 'kubevirt/virt-controller'],
    names: ['kubevirt-handler', 'kubevirt-controller'],
    labels: { 'kubevirt.io': 'virt-handler' },
    // KubeVirt uses sockets and files of the kubelet on its node, not the kubelet's port.
    evidence:
      'pkg/virt-operator/resource/generate/rbac/handler.go:90, controller.go:269 @d923fdb815 (2026-08); no kubelet request in cmd, pkg, staging',
  },
]);
