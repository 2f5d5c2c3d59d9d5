import type { PolicyRule, RbacSubject } from '../../../src/objects.ts';
import { binding, group, role as roleOf } from '../../kit/rbac.ts';
import { operator } from '../../likeness/operator.ts';
import { adminApi } from '../admin-api.ts';
import type { RealCluster } from '../real-cluster.ts';

interface Bond {
  readonly name: string;
  readonly role: string;
  readonly subject: RbacSubject;
  readonly labels?: Readonly<Record<string, string>>;
}

/** Creates a ClusterRoleBinding, and its ClusterRole if `rules` are given. */
export async function bind(
  cluster: RealCluster,
  { name, role, subject, labels = {} }: Bond,
  rules?: readonly PolicyRule[],
): Promise<void> {
  const { create } = adminApi(cluster);
  if (rules) await create(roleOf(role, rules, { labels }));
  await create(binding(name, role, [subject], { labels }));
}

export function bindOperators(cluster: RealCluster): Promise<void> {
  const subject = group(operator.groups[0]);
  return bind(cluster, { name: 'operators', role: 'cluster-admin', subject });
}
