import type { ClusterRole, ClusterRoleBinding, RoleBinding } from '../objects.ts';
import { apiserverRules, bindingName, type FoundPair, roleName } from '../rbac/pair.ts';
import type { Change, FoundWithBindings, PairKind } from '../rbac/plan.ts';
import { covers } from '../rbac/rules.ts';
import type { ApiServer } from './api-server.ts';
import { explainWriteRefusal } from './write-refusal.ts';

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

/** The pair; and every binding that might refer to its role, if the role is there and would be widened. */
export async function findForGrant(apiServer: ApiServer): Promise<FoundWithBindings> {
  const found = await findPair(apiServer);
  const widened = found.role && !covers(found.role.rules ?? [], apiserverRules);
  return { ...found, bindings: widened ? await listBindings(apiServer) : [] };
}

/** The pair; and every binding that might refer to its role, if there is a role to remove. */
export async function findForRevoke(apiServer: ApiServer): Promise<FoundWithBindings> {
  const found = await findPair(apiServer);
  return { ...found, bindings: found.role ? await listBindings(apiServer) : [] };
}

async function listBindings(
  apiServer: ApiServer,
): Promise<readonly (ClusterRoleBinding | RoleBinding)[]> {
  const [cluster, namespaced] = await Promise.all([
    apiServer.list<ClusterRoleBinding>(collections.ClusterRoleBinding),
    apiServer.list<RoleBinding>(`${api}/rolebindings`),
  ]);
  return [...cluster, ...namespaced];
}

/** Makes one change, or says what its writer lacks. */
export async function applyChange(
  apiServer: ApiServer,
  change: Change,
  dryRun: DryRun,
): Promise<void> {
  try {
    await sendChange(apiServer, change, dryRun);
  } catch (error) {
    throw explainWriteRefusal(error, change);
  }
}

/**
 * Sends one change. An update or delete holds only for the very object that was read: uid and resourceVersion go along,
 * since a PUT without the uid would bring a deleted object back.
 */
async function sendChange(apiServer: ApiServer, change: Change, dryRun: DryRun): Promise<void> {
  if (change.action === 'none' || dryRun === 'client') return;
  const { kind, name, object } = change;
  const body = { ...object, apiVersion: 'rbac.authorization.k8s.io/v1', kind };
  const query = `?fieldManager=kubectl-kubeletaccess&fieldValidation=Strict${dryRun === 'server' ? '&dryRun=All' : ''}`;
  if (change.action === 'create') await apiServer.write('POST', collections[kind] + query, body);
  else if (change.action === 'update')
    await apiServer.write('PUT', objectPath(kind, name) + query, body);
  else {
    const { uid, resourceVersion } = object.metadata ?? {};
    // A DELETE that has a body ignores ?dryRun in its query and deletes: here it must stand in the body.
    await apiServer.write('DELETE', objectPath(kind, name), {
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
