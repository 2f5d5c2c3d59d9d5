import type { Change, DryRun } from '../../rbac/change.ts';
import type { ApiServer } from './api-server.ts';
import { explainWriteDenial } from './write-denial.ts';
import { create, type PairObject, remove, update } from './write-object.ts';

/** Makes one change. A denial names the missing permission. Returns the object that the API server wrote; undefined if it wrote none. */
export async function applyChange(
  apiServer: ApiServer,
  change: Change,
  dryRun: DryRun,
): Promise<PairObject | undefined> {
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
): Promise<PairObject | undefined> {
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
  }
}
