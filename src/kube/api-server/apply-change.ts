import type { ClusterRole, ClusterRoleBinding } from '../../objects.ts';
import type { Change, DryRun } from '../../rbac/change.ts';
import type { ApiServer } from './api-server.ts';
import { recreate, tryRecreation } from './recreate.ts';
import { explainWriteDenial } from './write-denial.ts';
import { create, remove, update } from './write-object.ts';

/** Makes one change. A denial names the missing permission. Returns the object that the API server wrote, if any. */
export async function applyChange(
  apiServer: ApiServer,
  change: Change,
  dryRun: DryRun,
): Promise<ClusterRole | ClusterRoleBinding | undefined> {
  try {
    return await sendChange(apiServer, change, dryRun);
  } catch (error) {
    throw explainWriteDenial(error, change);
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
      return update(apiServer, kind, name, object, dryRun);
    case 'delete':
      await remove(apiServer, kind, object, dryRun);
      return undefined;
    case 'recreate':
      if (dryRun === 'server') return tryRecreation(apiServer, change);
      // Not interrupted: Ctrl-C in between would leave no binding.
      return recreate(apiServer.uninterrupted, change);
  }
}
