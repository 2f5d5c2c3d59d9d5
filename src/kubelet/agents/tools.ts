import { agentsOf, direct, named, proxied } from './agent.ts';

export const toolAgents = agentsOf([
  {
    name: 'kubernetes-mcp-server',
    repository: 'containers/kubernetes-mcp-server',
    images: [
      'containers/kubernetes_mcp_server',
      'containers/kubernetes-mcp-server',
      'genuine-flight-317411/mcp/kubernetes-mcp-server',
    ],
    serviceAccounts: ['*-kubernetes-mcp-server'],
    labels: { 'app.kubernetes.io/name': 'kubernetes-mcp-server' },
    userAgents: ['kubernetes-mcp-server/'],
    // The chart has no role: the API server denies both tools until an administrator grants nodes/proxy to the MCP server.
    calls: [
      ...proxied(['/stats/summary'], { when: 'a client calls its tool nodes_stats_summary' }),
      ...proxied(['/logs/'], { when: 'a client calls its tool nodes_log' }),
    ],
    setting:
      'disabled_tools with nodes_log and nodes_stats_summary, then the role without nodes/proxy',
    evidence:
      'pkg/kubernetes/nodes.go:26-35,57-60, pkg/toolsets/core/nodes.go:19-70, pkg/config/config_default.go:17, pkg/mcp/middleware.go:176-189, charts/kubernetes-mcp-server/templates/rbac.yaml, values.yaml:42-61, docs/configuration.md:391, chart 0.1.0 @55749981 (2026-08)',
  },
  {
    name: 'kubectl-mcp-server',
    repository: 'rohitg00/kubectl-mcp-server',
    images: ['rohitghumare64/kubectl-mcp-server'],
    serviceAccounts: ['*-kubectl-mcp-server'],
    roles: ['*-kubectl-mcp-server', 'kubectl-mcp-server-reader'],
    labels: { 'app.kubernetes.io/name': 'kubectl-mcp-server' },
    // Both tools run kubectl get --raw. The roles have no nodes/*: the API server denies both tools until nodes/proxy is added.
    calls: [
      ...proxied(['/stats/summary'], { when: 'a client calls its tool node_stats_summary' }),
      ...proxied(['/logs/'], { when: 'a client calls its tool node_logs' }),
    ],
    setting: 'no value: its roles hold no nodes/*, and both tools fail with them',
    evidence:
      'kubectl_mcp_tool/tools/cluster.py:850-853,936-939, kubectl_mcp_tool/mcp_server.py:307, kubectl_mcp_tool/tools/operations.py:102-156, charts/kubectl-mcp-server/templates/clusterrole.yaml:10-29, deploy/kubernetes/rbac.yaml:14-37, chart 1.0.0 @14f9c13 (2026-04)',
  },
  {
    name: 'troubleshoot',
    repository: 'replicatedhq/troubleshoot',
    images: ['replicated/troubleshoot', 'replicated/preflight'],
    userAgents: ['ReplicatedTroubleshoot/'],
    // support-bundle and preflight run with the permissions of the user who starts them.
    calls: proxied(['/stats/summary'], { when: 'a spec with the collector nodeMetrics' }),
    setting: 'no nodeMetrics in the spec, then the role without nodes/proxy',
    evidence:
      'pkg/collect/k8s_node_metrics.go:18,53-58, pkg/collect/collector.go:130, pkg/supportbundle/collect.go:94-101, pkg/preflight/collect.go:193, deploy/rbac/preflight-clusterrole.yaml @5bf008f7 (2026-08)',
  },
  {
    name: 'Compliance Operator',
    repository: 'ComplianceAsCode/compliance-operator',
    images: [
      'complianceascode/compliance-operator',
      'compliance/openshift-compliance-rhel8-operator',
      'ocp-isc-tenant/compliance-operator-dev',
    ],
    names: ['compliance-operator', 'api-resource-collector'],
    labels: { name: 'compliance-operator' },
    // The operator sends this request once for each node. api-resource-collector also has nodes/*, but sends nothing to kubelets.
    calls: proxied(['/configz'], { when: 'a scan of type Node, by OpenSCAP' }),
    setting:
      'api-resource-collector without nodes/proxy, nodes/stats and nodes/metrics, after a test',
    evidence:
      'pkg/controller/compliancescan/compliancescan_controller.go:474,511,552,610-614, config/rbac/operator_cluster_role.yaml:16-21, api_resource_collector_cluster_role.yaml:47,391,398-401, bundle/manifests/compliance-operator.clusterserviceversion.yaml:291,635,642,1204 @456557cc3 (2026-08); no such path in rules of ComplianceAsCode/content @b3a2cca935 (2026-08)',
  },
  {
    name: 'Sonobuoy',
    repository: 'vmware-tanzu/sonobuoy',
    images: ['sonobuoy/sonobuoy'],
    serviceAccounts: ['sonobuoy-serviceaccount'],
    roles: ['sonobuoy-serviceaccount-*'],
    labels: { 'sonobuoy-component': 'aggregator' },
    // Sonobuoy sends these requests after its plugins have run. If the API server denies them, Sonobuoy only logs the denial.
    calls: proxied(['/configz', '/healthz'], { optional: true }),
    narrowing: 'by value',
    setting:
      '--aggregator-permissions=namespaceAdmin makes no ClusterRole; clusterRead still has get on *, so nodes/proxy',
    evidence:
      'pkg/discovery/query.go:77,434-453,624-686, pkg/config/config.go:73-76,94, pkg/client/gen.go:367-371,507-543,564-576,616-666 @30756018 (2026-07)',
  },
  {
    name: 'kube-burner pprof collector',
    repository: 'kube-burner/kube-burner',
    serviceAccounts: ['kube-burner-pprof-collector/kube-burner-pprof-collector'],
    roles: ['kube-burner-pprof-collector'],
    labels: { app: 'kube-burner-pprof-collector' },
    // A DaemonSet on the host's network sends this request by curl -k. The DaemonSet exists only while the measurement runs.
    calls: direct(['/debug/pprof'], {
      when: 'a pprof measurement with nodeAffinity and a target on port 10250',
    }),
    setting:
      'no value: a ClusterRole of that name, made before the run, is kept, and deleted at its end; pprof needs get nodes/proxy alone',
    evidence:
      'pkg/measurements/pprof_ds.go:19,72-97,133-205, pkg/measurements/pprof.go:79,239-248,279-289, pkg/measurements/types/types.go:101-105, examples/workloads/kubelet-density-profiling/kubelet-density-profiling.yml:13 @bfb5794a (2026-07)',
  },
  {
    name: 'HolmesGPT',
    repository: 'HolmesGPT/holmesgpt',
    images: ['robustadev/holmes', 'genuine-flight-317411/devel/holmes'],
    serviceAccounts: ['*-holmes-service-account'],
    roles: ['*-holmes-cluster-role'],
    // HolmesGPT uses kubectl top, which calls metrics.k8s.io. The add-on mcpAddons.kubernetes is kubernetes-mcp-server with role view.
    evidence:
      'helm/holmes/templates/holmesgpt-service-account.yaml:5-57, holmes.yaml:4-43, values.yaml:19-31, holmes/plugins/toolsets/kubernetes.yaml:172-203 @c1ee1d43 (2025-11)',
  },
  {
    name: 'k8sgpt',
    repository: 'k8sgpt-ai/k8sgpt',
    images: ['k8sgpt-ai/k8sgpt'],
    ...named('*-k8sgpt'),
    // The role can read all resources, including all nodes/*; k8sgpt reads logs as pods/log.
    narrowing: 'unused',
    setting: 'no value: patch the role after rendering',
    evidence:
      'charts/k8sgpt/templates/role.yaml:8-16, pkg/analyzer/node.go:36, log.go:89, pkg/server/mcp_handlers.go:76,431 @05247a8 (2026-08)',
  },
  {
    name: 'k8sgpt-operator',
    repository: 'k8sgpt-ai/k8sgpt-operator',
    images: ['k8sgpt-ai/k8sgpt-operator'],
    serviceAccounts: ['*-k8sgpt-operator-controller-manager'],
    roles: ['*-k8sgpt-operator-manager-role'],
    labels: { 'app.kubernetes.io/name': 'k8sgpt-operator' },
    // The role that the operator writes for k8sgpt has no nodes/*.
    narrowing: 'unused',
    setting: 'no value: patch the role after rendering',
    evidence:
      'chart/operator/templates/manager-rbac.yaml:8-19, pkg/resources/k8sgpt.go:189-268 @47b9b88 (2026-04)',
  },
  {
    name: 'crust-gather',
    repository: 'crust-gather/crust-gather',
    images: ['crust-gather/crust-gather'],
    serviceAccounts: ['*-crust-gather'],
    labels: { 'app.kubernetes.io/name': 'crust-gather' },
    // crust-gather reads logs of kubelets with journalctl, by pods/exec in its own pod on each node.
    narrowing: 'unused',
    setting:
      'rbac.clusterAdminBinding.enabled=false and a role of your own: the default binds cluster-admin',
    evidence:
      'charts/crust-gather/templates/clusterrolebinding.yaml:12-19, values.yaml:109-111, src/scanners/host_logs.rs:106-116,249-304,399-405 @084d898 (2026-08)',
  },
  {
    name: 'Headlamp',
    repository: 'kubernetes-sigs/headlamp',
    images: ['headlamp-k8s/headlamp'],
    serviceAccounts: ['*-headlamp', 'headlamp-admin'],
    labels: { 'app.kubernetes.io/name': 'headlamp', 'k8s-app': 'headlamp' },
    userAgents: ['Headlamp '],
    // Since 0.42.0, Headlamp sends this request with the user's token while the user has the page of a node open.
    calls: proxied(['/stats/summary'], { optional: true }),
    narrowing: 'by value',
    setting:
      'clusterRoleBinding.clusterRoleName with a role of your own: the default binds cluster-admin. Without nodes/proxy the page of a node lacks the use of ephemeral storage',
    evidence:
      'frontend/src/lib/k8s/api/v2/nodeSummaryApi.ts:52-58, frontend/src/components/node/Details.tsx:88, charts/headlamp/templates/clusterrolebinding.yaml:12-19, values.yaml:205, NOTES.txt:26, backend/pkg/kubeconfig/kubeconfig.go:53 @6d2b42cc7 (2026-08); kubernetes-sigs/headlamp#5169',
  },
  {
    name: 'Freelens',
    repository: 'freelensapp/freelens',
    // Freelens runs on a desktop with the credentials of its user.
    userAgents: ['Freelens/'],
    evidence:
      'packages/kube-object/src/specifics/node-metrics.ts:26, packages/technical-features/prometheus/src/lens-provider.injectable.ts:151, packages/core/src/common/k8s-api/create-kube-json-api.injectable.ts:40 @bf6f697e3 (2026-08)',
  },
]);
