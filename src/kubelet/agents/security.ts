import { agentsOf, before, direct, named, proxied } from './agent.ts';

export const securityAgents = agentsOf([
  {
    name: 'Falco',
    repository: 'falcosecurity/charts',
    images: ['falcosecurity/falco'],
    serviceAccounts: ['*-falco'],
    labels: { 'app.kubernetes.io/name': 'falco' },
    evidence: 'charts/falco/templates/role.yaml @548458c (2026-07)',
  },
  {
    name: 'k8s-metacollector',
    repository: 'falcosecurity/charts',
    images: ['falcosecurity/k8s-metacollector'],
    ...named('*-k8s-metacollector'),
    evidence: 'charts/k8s-metacollector/templates/clusterrole.yaml @548458c (2026-07)',
  },
  {
    name: 'Inspektor Gadget',
    repository: 'inspektor-gadget/inspektor-gadget',
    images: ['inspektor-gadget/inspektor-gadget'],
    serviceAccounts: ['gadget/gadget'],
    roles: ['gadget-cluster-role'],
    labels: { 'k8s-app': 'gadget' },
    // If the call fails, the gadget uses the configured socket of the container runtime.
    calls: [
      ...direct(['/configz'], { optional: true }),
      ...proxied(['/configz'], before('0.56.0')),
    ],
    narrowing: 'least already',
    setting: 'a release with 391cabba; the add-on of minikube still has nodes/proxy',
    evidence:
      'charts/gadget/templates/clusterrole.yaml, pkg/resources/manifests/deploy.yaml, pkg/container-collection/k8s.go:254,318 @aeac857b (2026-08)',
  },
  {
    name: 'kube-bench',
    repository: 'aquasecurity/kube-bench',
    images: ['aquasec/kube-bench'],
    // kube-bench reads files and processes of the host.
    evidence: 'job.yaml @a73ce378 (2026-06); no nodes/* in its roles',
  },
  {
    name: 'Kubescape node-agent',
    repository: 'kubescape/helm-charts',
    images: ['kubescape/node-agent'],
    serviceAccounts: ['kubescape/node-agent'],
    // The Inspektor Gadget that the agent includes sends this request.
    calls: proxied(['/configz']),
    setting: 'no value: test without the rule, the socket of the runtime may be configured',
    evidence:
      'charts/kubescape-operator/templates/node-agent/clusterrole.yaml, chart 1.40.3 @526acc1e (2026-08); kubescape/helm-charts#533',
  },
  {
    name: 'Kubeshark',
    repository: 'kubeshark/kubeshark',
    images: ['kubeshark/worker'],
    serviceAccounts: ['kubeshark-service-account'],
    roles: ['kubeshark-cluster-role-*'],
    labels: { 'app.kubernetes.io/name': 'kubeshark' },
    evidence: 'helm-chart/templates/02-cluster-role.yaml @d3ac79a2 (2026-07)',
  },
  {
    name: 'Pixie',
    repository: 'pixie-io/pixie',
    evidence: 'k8s, src @44d42f1d (2026-04): no nodes/* in its roles, no port 10250',
  },
  {
    name: 'Sysdig agent',
    repository: 'sysdiglabs/charts',
    generic: true,
    images: ['sysdig/agent-slim'],
    ...named('sysdig-agent', 'app'),
    calls: 'unknown',
    setting: 'shield takes its place, with less',
    evidence: 'charts/agent/templates/clusterrole.yaml:21 @1e57ebb4 (2026-08); closed source',
  },
  {
    name: 'Sysdig node-analyzer',
    repository: 'sysdiglabs/charts',
    images: ['sysdig/node-image-analyzer', 'sysdig/host-analyzer'],
    labels: { 'app.kubernetes.io/name': 'node-analyzer' },
    calls: 'unknown',
    setting: 'shield takes its place, with less',
    evidence:
      'charts/node-analyzer/templates/clusterrole-node-analyzer.yaml @1e57ebb4 (2026-08); closed source',
  },
  {
    name: 'Sysdig shield',
    repository: 'sysdiglabs/charts',
    names: ['*-shield-host'],
    labels: { 'sysdig/component': 'host' },
    calls: 'unknown',
    narrowing: 'by value',
    setting: 'features.investigations.live_logs.enabled=false leaves nodes/metrics',
    evidence:
      'charts/shield/templates/host/clusterrole.yaml:115-119 @1e57ebb4 (2026-08); closed source',
  },
  {
    name: 'Trivy Operator',
    repository: 'aquasecurity/trivy-operator',
    images: ['aquasec/trivy-operator', 'aquasecurity/node-collector'],
    ...named('*-trivy-operator'),
    calls: proxied(['/configz']),
    setting: 'operator.infraAssessmentScannerEnabled=false, then the role without nodes/proxy',
    evidence:
      'deploy/helm/templates/rbac/clusterrole.yaml, values.yaml:760, chart 0.34.0 @1006872c (2026-07); aquasecurity/k8s-node-collector pkg/collector/collect.go:117 @a38937d (2024-03)',
  },
  {
    name: 'Wiz sensor',
    repository: 'wiz-sec/charts',
    images: ['wizio.azurecr.io/sensor'],
    ...named('*-wiz-sensor'),
    // Comments of the chart name this path; the program is closed source.
    calls: direct(['/pods'], { when: 'allowKubeletCommunication', optional: true }),
    narrowing: 'by value',
    setting: 'nothing; kubeletLegacyProxy=true for node pools up to 1.32',
    evidence: 'wiz-sensor/templates/clusterrole.yaml, values.yaml:152-162 @e3f31844 (2026-08)',
  },
  {
    name: 'StackRox',
    repository: 'stackrox/stackrox',
    images: [
      'stackrox-io/main',
      'stackrox-io/collector',
      'advanced-cluster-security/rhacs-main-rhel9',
      'advanced-cluster-security/rhacs-collector-rhel9',
    ],
    serviceAccounts: ['stackrox/sensor', 'stackrox/collector'],
    roles: ['stackrox:view-cluster'],
    labels: { 'app.kubernetes.io/part-of': 'stackrox-secured-cluster-services' },
    // The compliance container reads the configuration of kubelets from files of the host. The sensor's role can read all resources.
    narrowing: 'unused',
    setting: 'no value: patch the role after rendering',
    evidence:
      'image/templates/helm/stackrox-secured-cluster/templates/sensor-rbac.yaml:19-53, collector-rbac.yaml, compliance/collection/kubernetes/kubelet.go:43-70 @bed4a7b2427 (2026-08)',
  },
  {
    name: 'NeuVector',
    repository: 'neuvector/neuvector-helm',
    images: ['neuvector/enforcer', 'neuvector/controller'],
    serviceAccounts: ['neuvector/enforcer', 'neuvector/controller'],
    roles: ['neuvector-binding-app'],
    labels: { app: 'neuvector-enforcer-pod' },
    // NeuVector reads processes and files of the host; its benchmark mentions /configz only in texts for people.
    evidence:
      'charts/core/templates/clusterrole.yaml:17-30, chart 2.8.13 @900de6f4 (2026-07); no kubelet request in neuvector/neuvector agent, controller, share @1b8b7075 (2026-08)',
  },
]);
