import { Failure } from '../../errors.ts';
import type { ClusterRole, ClusterRoleBinding, RoleBinding } from '../../objects.ts';
import {
  type Change,
  type FoundWithBindings,
  otherReferrers,
  type PairKind,
} from '../../rbac/change.ts';
import { type FoundPair, knownNames, type PairNames } from '../../rbac/pair.ts';
import { formatSubject } from '../../rbac/subject.ts';
import { type ApiServer, ApiServerFailure } from './api-server.ts';
import { explainWriteRefusal, isForbidden } from './write-refusal.ts';

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
    findRole(apiServer, names.role),
    findBinding(apiServer, names.binding),
  ]);
  return { role, binding };
}

export async function findRole(
  apiServer: ApiServer,
  name: string,
): Promise<ClusterRole | undefined> {
  return apiServer.find(objectPath('ClusterRole', name));
}

export async function findBinding(
  apiServer: ApiServer,
  name: string,
): Promise<ClusterRoleBinding | undefined> {
  return apiServer.find(objectPath('ClusterRoleBinding', name));
}

/** The pair; and every binding that might refer to its role, if `needed` says that it matters: unless told, if there is a role. */
export async function findWithBindings(
  apiServer: ApiServer,
  names: PairNames,
  needed: (found: FoundPair) => boolean = ({ role }) => role !== undefined,
): Promise<FoundWithBindings> {
  const found = await findPair(apiServer, names);
  if (!needed(found)) return { ...found, bindings: [] };
  if (found.role) return { ...found, bindings: await listBindings(apiServer) };
  const seen = await listSeenBindings(apiServer);
  if (otherReferrers(seen, names.role, found.binding).length === 0) return { ...found, ...seen };
  // Somebody who made role and binding in between is no reason to fear for a role that is not there.
  const again = await findPair(apiServer, names);
  return again.role ? findWithBindings(apiServer, names, needed) : { ...again, ...seen };
}

/** What the caller may list of the bindings. Where there is no role yet, who may only make a pair may make it all the same. */
async function listSeenBindings(
  apiServer: ApiServer,
): Promise<Pick<FoundWithBindings, 'bindings' | 'unseen'>> {
  const lists = await Promise.all([
    orForbidden(listClusterRoleBindings(apiServer)),
    orForbidden(listRoleBindings(apiServer)),
  ]);
  const unseen = lists.find((list) => list instanceof ApiServerFailure);
  return {
    bindings: lists.flatMap((list) => (list instanceof ApiServerFailure ? [] : list)),
    ...(unseen && { unseen: unseen.words }),
  };
}

async function orForbidden<T>(asked: Promise<T>): Promise<T | ApiServerFailure> {
  try {
    return await asked;
  } catch (error) {
    if (isForbidden(error)) return error;
    throw error;
  }
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
    listRoleBindings(apiServer),
  ]);
  return [...cluster, ...namespaced];
}

async function listRoleBindings(apiServer: ApiServer): Promise<readonly RoleBinding[]> {
  return apiServer.list<RoleBinding>(`${api}/rolebindings`);
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
    case 'recreate':
      if (dryRun === 'server') return tryRecreation(apiServer, change);
      // Once it is begun it is ended: Ctrl-C in between would leave no binding at all.
      return recreate(apiServer.uninterrupted, change);
  }
}

type Recreation = Change & { readonly action: 'recreate' };

async function recreate(
  apiServer: ApiServer,
  { kind, object, previous }: Recreation,
): Promise<ClusterRoleBinding> {
  await remove(apiServer, kind, previous, 'none');
  try {
    return (await create(apiServer, kind, object, 'none')) as ClusterRoleBinding;
  } catch (error) {
    await putBack(apiServer, previous, error);
    throw error;
  }
}

/**
 * Of an object that is still there the deletion can be tried, and whether the caller may make it: the API server looks for
 * escalation before it says that there is one already. Also whether they may put it back, if the new one fails.
 */
async function tryRecreation(apiServer: ApiServer, change: Recreation): Promise<undefined> {
  const { kind, object, previous } = change;
  await remove(apiServer, kind, previous, 'server');
  const refusal = await refusalToCreate(apiServer, kind, object);
  if (refusal && refusal.status !== 404) throw refusal;
  const last = await refusalToCreate(apiServer, kind, previous);
  // A role that is not there cannot be given back, and is nothing to lose.
  if (last && last.status !== 404) throw notToPutBack(last, change);
  if (refusal) throw refusal;
}

async function refusalToCreate(
  apiServer: ApiServer,
  kind: PairKind,
  object: ClusterRoleBinding,
): Promise<ApiServerFailure | undefined> {
  try {
    await create(apiServer, kind, object, 'server');
  } catch (error) {
    if (!(error instanceof ApiServerFailure)) throw error;
    if (error.status !== 409) return error;
  }
  return undefined;
}

function notToPutBack(refusal: ApiServerFailure, change: Recreation): unknown {
  const explained = explainWriteRefusal(refusal, { ...change, object: change.previous });
  if (!(explained instanceof Failure)) return explained;
  const { message, prefix, details, hints } = explained;
  const first = `if ClusterRoleBinding ${change.name} could not be made anew, you could not put back what it gives now`;
  return new Failure(message, { prefix, hints, cause: refusal, details: [first, ...details] });
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
          ...(reason instanceof Failure ? `not made anew: ${reason.message}`.split('\n') : []),
          ...`not put back: ${error.message}`.split('\n'),
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
