import type { ClusterRole, ClusterRoleBinding } from '../../objects.ts';
import type { DryRun, PairKind } from '../../rbac/change.ts';
import type { ApiServer } from './api-server.ts';
import { kinds } from './kinds.ts';
import { collections, objectPath } from './pair-objects.ts';

export type PairObject = ClusterRole | ClusterRoleBinding;

export async function create(
  apiServer: ApiServer,
  kind: PairKind,
  object: PairObject,
  dryRun: DryRun,
): Promise<PairObject> {
  const path = collections[kind] + query(dryRun);
  return apiServer.write('POST', path, creatable(kind, object), kinds[kind]);
}

/** The object as it can be created again, without what the server added. */
function creatable(kind: PairKind, object: PairObject): PairObject {
  const { uid, resourceVersion, creationTimestamp, managedFields, ...metadata } = object.metadata;
  return typed(kind, { ...object, metadata });
}

export async function update(
  apiServer: ApiServer,
  kind: PairKind,
  name: string,
  object: PairObject,
  dryRun: DryRun,
): Promise<PairObject> {
  const path = objectPath(kind, name) + query(dryRun);
  return apiServer.write('PUT', path, typed(kind, object), kinds[kind]);
}

export async function remove(
  apiServer: ApiServer,
  kind: PairKind,
  { metadata }: PairObject,
  dryRun: DryRun,
): Promise<void> {
  const { name, uid, resourceVersion } = metadata;
  // A DELETE with a body ignores ?dryRun in its query and deletes: it must be in the body.
  const options = {
    apiVersion: 'v1',
    kind: 'DeleteOptions',
    preconditions: { uid, resourceVersion },
    ...(dryRun === 'server' ? { dryRun: ['All'] } : {}),
  };
  await apiServer.write('DELETE', objectPath(kind, name), options, kinds.deletion);
}

function typed(kind: PairKind, object: PairObject) {
  return { ...object, apiVersion: 'rbac.authorization.k8s.io/v1', kind };
}

function query(dryRun: DryRun): string {
  return `?fieldManager=kubectl-kubeletaccess&fieldValidation=Strict${dryRun === 'server' ? '&dryRun=All' : ''}`;
}
