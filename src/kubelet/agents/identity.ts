import { agentsOf, direct, named } from './agent.ts';

const pods = direct(['/pods']);

export const identityAgents = agentsOf([
  {
    name: 'SPIRE agent',
    repository: 'spiffe/helm-charts-hardened',
    generic: true,
    images: ['spiffe/spire-agent', 'spiffe-io/spire-agent'],
    ...named('spire-agent', 'app'),
    // The role of SPIRE's own quickstart, which Istio's sample copies.
    roles: ['spire-agent-cluster-role'],
    calls: pods,
    narrowing: 'by own role',
    setting: 'no value: patch the role after rendering',
    evidence:
      'charts/spire/charts/spire-agent/templates/roles.yaml @8a28a1b9 (2026-08); spiffe/spire pkg/agent/plugin/workloadattestor/k8s/kubeletclient.go:99 @ef8527ec (2026-08); istio/istio samples/security/spire/spire-quickstart.yaml @86c9f01f (2026-08)',
  },
  {
    name: "Cilium's SPIRE agent",
    repository: 'cilium/cilium',
    serviceAccounts: ['cilium-spire/spire-agent'],
    calls: direct(['/pods'], { when: 'authentication.mutual.spire' }),
    setting: 'no value: patch the role after rendering',
    evidence: 'install/kubernetes/cilium/templates/spire/agent/clusterrole.yaml @01134ccf',
  },
  {
    name: 'App Mesh SPIRE agent',
    repository: 'aws/eks-charts',
    roles: ['spire-agent-role'],
    labels: { 'app.kubernetes.io/name': 'appmesh-spire-agent' },
    calls: pods,
    narrowing: 'by own role',
    setting: 'edit the manifest',
    evidence: 'stable/appmesh-spire-agent/templates/rbac.yaml @5239609 (2026-08)',
  },
  {
    name: 'Teleport tbot',
    repository: 'gravitational/teleport',
    images: ['gravitational/tbot-distroless'],
    calls: direct(['/pods'], { when: 'attestation of workloads in Kubernetes' }),
    // The chart contains no ClusterRole. The documentation of the attestor shows a ClusterRole with nodes/proxy.
    setting: 'get on nodes/pods where its documentation has nodes/proxy',
    evidence: 'gravitational/teleport#44209; examples/chart/tbot/values.yaml @013cce2e',
  },
]);
