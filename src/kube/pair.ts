import type { ClusterRole, ClusterRoleBinding, RoleBinding } from '../objects.ts';
import { bindingName, type FoundPair, roleName } from '../rbac/pair.ts';
import type { Change, FoundForRevoke, PairKind } from '../rbac/plan.ts';
import type { ApiServer } from './api-server.ts';

export type DryRun = 'none' | 'client' | 'server';

const api = '/apis/rbac.authorization.k8s.io/v1';
const collections: Readonly<Record<PairKind, string>> = {
  ClusterRole: `${api}/clusterroles`,
  ClusterRoleBinding: `${api}/clusterrolebindings`,
};

export async function findPair(apiServer: ApiServer): Promise<FoundPair> {
  const [role, binding] = await Promise.all([
    apiServer.find<ClusterRole>(objectPath('ClusterRole', roleName)),
    apiServer.find<ClusterRoleBinding>(objectPath('ClusterRoleBinding', bindingName)),
  ]);
  return { role, binding };
}

/** The pair, and every binding that might refer to its role; those are read only if there is a role to remove. */
export async function findForRevoke(apiServer: ApiServer): Promise<FoundForRevoke> {
  const found = await findPair(apiServer);
  if (!found.role) return { ...found, bindings: [] };
  const [cluster, namespaced] = await Promise.all([
    apiServer.list<ClusterRoleBinding>(collections.ClusterRoleBinding),
    apiServer.list<RoleBinding>(`${api}/rolebindings`),
  ]);
  return { ...found, bindings: [...cluster, ...namespaced] };
}

/**
 * Sends one change. An update or delete holds only for the very object that was read: uid and resourceVersion go along,
 * since a PUT without the uid would bring a deleted object back.
 */
export async function applyChange(
  apiServer: ApiServer,
  change: Change,
  dryRun: DryRun,
): Promise<void> {
  if (change.action === 'none' || dryRun === 'client') return;
  const { kind, name, object } = change;
  const body = { ...object, apiVersion: 'rbac.authorization.k8s.io/v1', kind };
  const query = `?fieldManager=kubectl-kubeletaccess&fieldValidation=Strict${dryRun === 'server' ? '&dryRun=All' : ''}`;
  if (change.action === 'create') await apiServer.send('POST', collections[kind] + query, body);
  else if (change.action === 'update')
    await apiServer.send('PUT', objectPath(kind, name) + query, body);
  else {
    const { uid, resourceVersion } = object.metadata ?? {};
    // A DELETE that has a body ignores ?dryRun in its query and deletes: here it must stand in the body.
    await apiServer.send('DELETE', objectPath(kind, name), {
      apiVersion: 'v1',
      kind: 'DeleteOptions',
      preconditions: { uid, resourceVersion },
      ...(dryRun === 'server' ? { dryRun: ['All'] } : {}),
    });
  }
}

function objectPath(kind: PairKind, name: string): string {
  return `${collections[kind]}/${encodeURIComponent(name)}`;
}
