import { Failure } from '../errors.ts';
import type { ClusterRole, ClusterRoleBinding, RoleBinding } from '../objects.ts';
import type { Change, FoundWithBindings, PairKind } from '../rbac/change.ts';
import { type FoundPair, knownNames, type PairNames } from '../rbac/pair.ts';
import { formatSubject } from '../rbac/subject.ts';
import { type ApiServer, ApiServerFailure } from './api-server.ts';
import { explainWriteRefusal } from './write-refusal.ts';

export type DryRun = 'none' | 'client' | 'server';

const api = '/apis/rbac.authorization.k8s.io/v1';
const collections: Readonly<Record<PairKind, string>> = {
  ClusterRole: `${api}/clusterroles`,
  ClusterRoleBinding: `${api}/clusterrolebindings`,
};

export async function findPair(
  apiServer: ApiServer,
  names: PairNames = knownNames,
): Promise<FoundPair> {
  const [role, binding] = await Promise.all([
    apiServer.find<ClusterRole>(objectPath('ClusterRole', names.role)),
    apiServer.find<ClusterRoleBinding>(objectPath('ClusterRoleBinding', names.binding)),
  ]);
  return { role, binding };
}

/** The pair; and every binding that might refer to its role, if there is a role, and `needed` says that it matters. */
export async function findWithBindings(
  apiServer: ApiServer,
  names: PairNames,
  needed: (found: FoundPair) => boolean = () => true,
): Promise<FoundWithBindings> {
  const found = await findPair(apiServer, names);
  const bindings = found.role && needed(found) ? await listBindings(apiServer) : [];
  return { ...found, bindings };
}

export async function listClusterRoleBindings(
  apiServer: ApiServer,
): Promise<readonly ClusterRoleBinding[]> {
  return apiServer.list<ClusterRoleBinding>(collections.ClusterRoleBinding);
}

async function listBindings(
  apiServer: ApiServer,
): Promise<readonly (ClusterRoleBinding | RoleBinding)[]> {
  const [cluster, namespaced] = await Promise.all([
    listClusterRoleBindings(apiServer),
    apiServer.list<RoleBinding>(`${api}/rolebindings`),
  ]);
  return [...cluster, ...namespaced];
}

/** Makes one change, or says what its writer lacks. Returns the object as the API server has it now, if it wrote one. */
export async function applyChange(
  apiServer: ApiServer,
  change: Change,
  dryRun: DryRun,
): Promise<ClusterRole | ClusterRoleBinding | undefined> {
  try {
    return await sendChange(apiServer, change, dryRun);
  } catch (error) {
    throw explainWriteRefusal(error, change);
  }
}

/**
 * Sends one change. An update or delete holds only for the very object that was read: uid and resourceVersion go along,
 * since a PUT without the uid would bring a deleted object back.
 */
async function sendChange(
  apiServer: ApiServer,
  change: Change,
  dryRun: DryRun,
): Promise<ClusterRole | ClusterRoleBinding | undefined> {
  if (change.action === 'none' || dryRun === 'client') return undefined;
  const { kind, name, object } = change;
  switch (change.action) {
    case 'create':
      return create(apiServer, kind, object, dryRun);
    case 'update':
      return apiServer.write('PUT', objectPath(kind, name) + query(dryRun), typed(kind, object));
    case 'delete':
      await remove(apiServer, kind, object, dryRun);
      return undefined;
    case 'recreate': {
      await remove(apiServer, kind, change.previous, dryRun);
      // Of an object that is still there, only its deletion can be tried.
      if (dryRun === 'server') return undefined;
      try {
        return await create(apiServer, kind, object, dryRun);
      } catch (error) {
        await putBack(apiServer, change.previous, error);
        throw error;
      }
    }
  }
}

async function putBack(
  apiServer: ApiServer,
  binding: ClusterRoleBinding,
  reason: unknown,
): Promise<void> {
  try {
    await create(apiServer, 'ClusterRoleBinding', binding, 'none');
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    // It is there: made anew after all, though the answer was lost, or by somebody else. That is a conflict, and read again.
    if (error instanceof ApiServerFailure && error.status === 409) throw error;
    const { kind, name } = binding.roleRef;
    throw new Failure(
      `ClusterRoleBinding ${binding.metadata?.name} was deleted, and could neither be made anew nor put back`,
      {
        cause: error,
        details: [
          ...(reason instanceof Failure ? [`not made anew: ${reason.message}`] : []),
          `not put back: ${error.message}`,
          `it gave ${kind} ${name} to ${(binding.subjects ?? []).map(formatSubject).join(', ')}`,
        ],
        hints: ['run the same command again, or make that binding by hand'],
      },
    );
  }
}

async function create(
  apiServer: ApiServer,
  kind: PairKind,
  object: ClusterRole | ClusterRoleBinding,
  dryRun: DryRun,
): Promise<ClusterRole | ClusterRoleBinding> {
  const { uid, resourceVersion, creationTimestamp, managedFields, ...metadata } =
    object.metadata ?? {};
  return apiServer.write(
    'POST',
    collections[kind] + query(dryRun),
    typed(kind, { ...object, metadata }),
  );
}

async function remove(
  apiServer: ApiServer,
  kind: PairKind,
  { metadata = {} }: ClusterRole | ClusterRoleBinding,
  dryRun: DryRun,
): Promise<void> {
  const { name = '', uid, resourceVersion } = metadata;
  // A DELETE that has a body ignores ?dryRun in its query and deletes: here it must stand in the body.
  await apiServer.write('DELETE', objectPath(kind, name), {
    apiVersion: 'v1',
    kind: 'DeleteOptions',
    preconditions: { uid, resourceVersion },
    ...(dryRun === 'server' ? { dryRun: ['All'] } : {}),
  });
}

function typed(kind: PairKind, object: ClusterRole | ClusterRoleBinding) {
  return { ...object, apiVersion: 'rbac.authorization.k8s.io/v1', kind };
}

function query(dryRun: DryRun): string {
  return `?fieldManager=kubectl-kubeletaccess&fieldValidation=Strict${dryRun === 'server' ? '&dryRun=All' : ''}`;
}

function objectPath(kind: PairKind, name: string): string {
  return `${collections[kind]}/${encodeURIComponent(name)}`;
}
