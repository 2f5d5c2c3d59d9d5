import { Failure } from '../../errors.ts';
import type { ClusterRole, ClusterRoleBinding } from '../../objects.ts';
import type { Change, DryRun, PairKind } from '../../rbac/change.ts';
import { formatSubject } from '../../rbac/subject.ts';
import type { ApiServer } from './api-server.ts';
import { ApiServerFailure } from './api-server-failure.ts';
import { kinds } from './kinds.ts';
import { collections, objectPath } from './pair-objects.ts';
import { explainWriteRefusal } from './write-refusal.ts';

/** Makes one change. A denial names the missing permission. Returns the object that the API server wrote, if any. */
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
 * Sends one change. An update or delete carries uid and resourceVersion, so that it changes only the object that was read:
 * a PUT without the uid would recreate a deleted one.
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
      return apiServer.write(
        'PUT',
        objectPath(kind, name) + query(dryRun),
        typed(kind, object),
        kinds[kind],
      );
    case 'delete':
      await remove(apiServer, kind, object, dryRun);
      return undefined;
    case 'recreate':
      if (dryRun === 'server') return tryRecreation(apiServer, change);
      // Not interrupted: Ctrl-C in between would leave no binding.
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
    await restore(apiServer, previous, error);
    throw error;
  }
}

/**
 * For an object that still exists, a dry run can show whether the caller may delete it, and create the new one: the API
 * server checks for escalation before it says that the object exists. Also whether they may restore the old one.
 */
async function tryRecreation(apiServer: ApiServer, change: Recreation): Promise<undefined> {
  const { kind, object, previous } = change;
  await remove(apiServer, kind, previous, 'server');
  const refusal = await refusalToCreate(apiServer, kind, object);
  if (refusal && refusal.status !== 404) throw refusal;
  const last = await refusalToCreate(apiServer, kind, previous);
  // A binding to a role that does not exist cannot be restored, and grants nothing.
  if (last && last.status !== 404) throw notRestorable(last, change);
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

function notRestorable(refusal: ApiServerFailure, change: Recreation): unknown {
  const explained = explainWriteRefusal(refusal, { ...change, object: change.previous });
  if (!(explained instanceof Failure)) return explained;
  const { message, prefix, details, hints } = explained;
  const first = `if recreating ClusterRoleBinding ${change.name} failed, you could not restore it`;
  return new Failure(message, { prefix, hints, cause: refusal, details: [first, ...details] });
}

async function restore(
  apiServer: ApiServer,
  binding: ClusterRoleBinding,
  reason: unknown,
): Promise<void> {
  try {
    await create(apiServer, 'ClusterRoleBinding', binding, 'none');
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    // It exists: recreated although the answer was lost, or by another client. That is a conflict, and is read again.
    if (error instanceof ApiServerFailure && error.status === 409) throw error;
    const { kind, name } = binding.roleRef;
    throw new Failure(
      `ClusterRoleBinding ${binding.metadata?.name} was deleted, but could not be recreated or restored`,
      {
        cause: error,
        details: [
          ...(reason instanceof Failure ? `cannot recreate it: ${reason.message}`.split('\n') : []),
          ...`cannot restore it: ${error.message}`.split('\n'),
          `it granted ${kind} ${name} to ${(binding.subjects ?? []).map(formatSubject).join(', ')}`,
        ],
        hints: ['re-run the same command, or create that binding by hand'],
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
  const { uid, resourceVersion, creationTimestamp, managedFields, ...metadata } = object.metadata;
  return apiServer.write(
    'POST',
    collections[kind] + query(dryRun),
    typed(kind, { ...object, metadata }),
    kinds[kind],
  );
}

async function remove(
  apiServer: ApiServer,
  kind: PairKind,
  { metadata }: ClusterRole | ClusterRoleBinding,
  dryRun: DryRun,
): Promise<void> {
  const { name, uid, resourceVersion } = metadata;
  // A DELETE with a body ignores ?dryRun in its query and deletes: it must be in the body.
  await apiServer.write(
    'DELETE',
    objectPath(kind, name),
    {
      apiVersion: 'v1',
      kind: 'DeleteOptions',
      preconditions: { uid, resourceVersion },
      ...(dryRun === 'server' ? { dryRun: ['All'] } : {}),
    },
    kinds.deletion,
  );
}

function typed(kind: PairKind, object: ClusterRole | ClusterRoleBinding) {
  return { ...object, apiVersion: 'rbac.authorization.k8s.io/v1', kind };
}

function query(dryRun: DryRun): string {
  return `?fieldManager=kubectl-kubeletaccess&fieldValidation=Strict${dryRun === 'server' ? '&dryRun=All' : ''}`;
}
