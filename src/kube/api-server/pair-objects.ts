import type { ClusterRole, ClusterRoleBinding } from '../../objects.ts';
import type { PairKind } from '../../rbac/change.ts';
import type { FoundPair, PairNames } from '../../rbac/pair.ts';
import type { ApiServer } from './api-server.ts';
import { kinds } from './kinds.ts';

const api = '/apis/rbac.authorization.k8s.io/v1';

export const collections: Readonly<Record<PairKind, string>> = {
  ClusterRole: `${api}/clusterroles`,
  ClusterRoleBinding: `${api}/clusterrolebindings`,
};

export function objectPath(kind: PairKind, name: string): string {
  return `${collections[kind]}/${encodeURIComponent(name)}`;
}

export async function findPair(apiServer: ApiServer, names: PairNames): Promise<FoundPair> {
  const [role, binding] = await Promise.all([
    findRole(apiServer, names.role),
    findBinding(apiServer, names.binding),
  ]);
  return { role, binding };
}

export async function findRole(
  apiServer: ApiServer,
  name: string,
): Promise<ClusterRole | undefined> {
  return apiServer.find(objectPath('ClusterRole', name), kinds.ClusterRole);
}

export async function findBinding(
  apiServer: ApiServer,
  name: string,
): Promise<ClusterRoleBinding | undefined> {
  return apiServer.find(objectPath('ClusterRoleBinding', name), kinds.ClusterRoleBinding);
}
