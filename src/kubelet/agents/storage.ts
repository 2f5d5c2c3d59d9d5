import { agentsOf, direct, named, proxied } from './agent.ts';

export const storageAgents = agentsOf([
  {
    name: 'k8s-ephemeral-storage-metrics',
    repository: 'jmcgrath207/k8s-ephemeral-storage-metrics',
    images: ['jmcgrath207/k8s-ephemeral-storage-metrics'],
    ...named('k8s-ephemeral-storage-metrics'),
    calls: [
      ...proxied(['/stats/summary']),
      ...direct(['/stats/summary'], { when: 'kubelet.scrape=true' }),
    ],
    narrowing: 'by value',
    setting: 'kubelet.scrape=true, then the role without nodes/proxy',
    evidence: 'chart/templates/RBAC.yaml, pkg/node/k8s.go:54-72, chart 1.21.3 @afaba7a (2026-07)',
  },
  {
    name: 'kubectl-df-pv',
    repository: 'yashbhutwala/kubectl-df-pv',
    // The plugin runs with the credentials of its user.
    calls: proxied(['/stats/summary']),
    setting: 'kubectl kubeletaccess top volumes needs nodes/stats alone',
    evidence: 'pkg/df-pv/root.go:597 @d0e5409 (2026-08)',
  },
  {
    name: 'kwatch',
    repository: 'abahmed/kwatch',
    images: ['abahmed/kwatch'],
    names: ['kwatch'],
    labels: { 'app.kubernetes.io/name': 'kwatch', app: 'kwatch' },
    calls: proxied(['/stats/summary']),
    setting: 'pvcMonitor.enabled=false, then the role without nodes/proxy',
    evidence: 'deploy/chart/templates/rbac.yaml, internal/k8s/util.go:159-162 @e7be61e (2026-06)',
  },
  {
    name: 'Rook',
    repository: 'rook/rook',
    images: ['rook/ceph'],
    serviceAccounts: ['rook-ceph-system'],
    roles: ['rook-ceph-system', 'rook-ceph-global'],
    labels: { app: 'rook-ceph-operator' },
    narrowing: 'unused',
    setting: 'a release since 2026-01-28: it holds nothing more',
    evidence: 'deploy/examples/common.yaml @d0c3b9ce (2026-08); db814dcd removed nodes/proxy',
  },
  {
    name: 'Longhorn',
    repository: 'longhorn/longhorn',
    images: ['longhornio/longhorn-manager'],
    serviceAccounts: ['longhorn-service-account'],
    roles: ['longhorn-role'],
    labels: { app: 'longhorn-manager' },
    // Longhorn reads the usage of nodes from the metrics API.
    evidence:
      'chart/templates/clusterrole.yaml:20,61 @bb2f2223 (2026-08); longhorn/longhorn-manager metrics_collector/node_collector.go:268 @5ddaa369f (2026-08)',
  },
  {
    name: 'Longhorn support bundle',
    repository: 'longhorn/longhorn',
    images: ['longhornio/support-bundle-kit'],
    serviceAccounts: ['longhorn-support-bundle'],
    // The support bundle lists objects, and runs a collector on each node that reads files and the journal.
    narrowing: 'unused',
    setting: 'no value: the chart binds cluster-admin; it runs only while a user makes a bundle',
    evidence:
      'chart/templates/clusterrolebinding.yaml:23 @bb2f2223 (2026-08); longhorn/longhorn-manager controller/support_bundle_controller.go:39,714 @5ddaa369f (2026-08); rancher/support-bundle-kit pkg/manager, hack/collector-longhorn @1efdd22c (2025-10)',
  },
]);
