import type { PolicyRule } from '../../../src/objects.ts';
import { operator } from '../../likeness/operator.ts';
import { adminApi } from '../admin-api.ts';
import type { RealCluster } from '../real-cluster.ts';

const group = 'rbac.authorization.k8s.io';
const path = (resource: string) => `/apis/${group}/v1/${resource}`;

interface Bond {
  readonly name: string;
  readonly role: string;
  readonly subject: { readonly kind: 'User' | 'Group'; readonly name: string };
  readonly labels?: Readonly<Record<string, string>>;
}

/** Makes a ClusterRole, if there are rules for it, and a ClusterRoleBinding of it. */
export async function bind(
  cluster: RealCluster,
  { name, role, subject, labels = {} }: Bond,
  rules?: readonly PolicyRule[],
): Promise<void> {
  const { call } = adminApi(cluster);
  const apiVersion = `${group}/v1`;
  if (rules)
    await call('POST', path('clusterroles'), {
      apiVersion,
      kind: 'ClusterRole',
      metadata: { name: role, labels },
      rules,
    });
  await call('POST', path('clusterrolebindings'), {
    apiVersion,
    kind: 'ClusterRoleBinding',
    metadata: { name, labels },
    roleRef: { apiGroup: group, kind: 'ClusterRole', name: role },
    subjects: [{ apiGroup: group, ...subject }],
  });
}

/** For callers whom a token tells. */
export function bindOperators(cluster: RealCluster): Promise<void> {
  const subject = { kind: 'Group', name: operator.groups[0] } as const;
  return bind(cluster, { name: 'operators', role: 'cluster-admin', subject });
}
