import { orThrow } from '../../errors.ts';
import type { ClusterRole, ClusterRoleBinding } from '../../objects.ts';
import type { Change, DryRun, FoundPair, PairKind } from '../../rbac/change.ts';
import type { PairNames } from '../../rbac/names.ts';
import type { ApiServer } from './api-server.ts';
import { kinds } from './kinds.ts';
import { explainWriteDenial } from './write-denial.ts';

const api = '/apis/rbac.authorization.k8s.io/v1';

export const collections: Readonly<Record<PairKind, string>> = {
  ClusterRole: `${api}/clusterroles`,
  ClusterRoleBinding: `${api}/clusterrolebindings`,
};

function objectPath(kind: PairKind, name: string): string {
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

export type PairObject = ClusterRole | ClusterRoleBinding;

/**
 * Makes one change. If it is denied, the error names the missing permission. Returns the object as the API server wrote it; undefined if
 * nothing was written or the object was deleted.
 */
export async function applyChange(
  apiServer: ApiServer,
  change: Change,
  dryRun: DryRun,
): Promise<PairObject | undefined> {
  if (change.action === 'none' || dryRun === 'client') return undefined;
  const sent = sendChange(apiServer, change, dryRun === 'server' ? ['All'] : undefined);
  return orThrow(sent, (error) => explainWriteDenial(error, change));
}

/**
 * Sends one change. An update or delete carries uid and resourceVersion, so that it changes only the object that was read. A PUT without
 * the uid would recreate an object that was deleted after it was read. Without managedFields, a PUT keeps those of the object.
 */
async function sendChange(
  apiServer: ApiServer,
  { action, kind, name, object }: Exclude<Change, { readonly action: 'none' }>,
  dryRun: readonly string[] | undefined,
): Promise<PairObject | undefined> {
  const query = `?fieldManager=kubectl-kubeletaccess&fieldValidation=Strict${dryRun ? '&dryRun=All' : ''}`;
  const { managedFields, ...kept } = object.metadata;
  const { uid, resourceVersion, creationTimestamp, ...metadata } = kept;
  const typed = { ...object, metadata: kept, apiVersion: 'rbac.authorization.k8s.io/v1', kind };
  if (action === 'create') {
    const path = collections[kind] + query;
    return apiServer.write('POST', path, { ...typed, metadata }, kinds[kind]);
  }
  const path = objectPath(kind, name);
  if (action === 'update') return apiServer.write('PUT', path + query, typed, kinds[kind]);
  // dryRun must be in the body: a DELETE request with a body ignores ?dryRun in its query and deletes the object.
  const preconditions = { uid, resourceVersion };
  const options = { apiVersion: 'v1', kind: 'DeleteOptions', preconditions, dryRun };
  await apiServer.write('DELETE', path, options, kinds.deletion);
  return undefined;
}
