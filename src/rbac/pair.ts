import type { ClusterRole, ClusterRoleBinding, PolicyRule, RbacSubject } from '../objects.ts';
import { ownAnnotations, ownLabels, subjectsAnnotation } from './ownership.ts';

/** One ClusterRole and the ClusterRoleBinding that gives it to a subject. */
export interface Pair {
  readonly role: ClusterRole;
  readonly binding: ClusterRoleBinding;
}

/** What is there of a pair. */
export interface FoundPair {
  readonly role?: ClusterRole | undefined;
  readonly binding?: ClusterRoleBinding | undefined;
}

export const roleName = 'system:kube-apiserver-to-kubelet';
export const bindingName = 'system:kube-apiserver';

/** The rules that kube-apiserver needs toward kubelets, as clusters have had them since the hard way. */
export const apiserverRules: readonly PolicyRule[] = [
  {
    apiGroups: [''],
    resources: ['nodes/proxy', 'nodes/stats', 'nodes/log', 'nodes/spec', 'nodes/metrics'],
    verbs: ['*'],
  },
];

/** The known pair for one subject, with our marks, as it is written to the cluster. */
export function apiserverPair(subject: RbacSubject): Pair {
  const marks = ownAnnotations('apiserver');
  return {
    role: {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRole',
      metadata: {
        name: roleName,
        labels: { 'kubernetes.io/bootstrapping': 'rbac-defaults', ...ownLabels() },
        annotations: { 'rbac.authorization.kubernetes.io/autoupdate': 'true', ...marks },
      },
      rules: apiserverRules.map((rule) => ({ ...rule })),
    },
    binding: {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRoleBinding',
      metadata: {
        name: bindingName,
        labels: ownLabels(),
        annotations: { ...marks, ...subjectsAnnotation([subject]) },
      },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: roleName },
      subjects: [subject],
    },
  };
}
