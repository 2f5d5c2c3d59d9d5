import type { Change, DryRun } from '../../rbac/change.ts';
import type { ApiServer } from './api-server.ts';
import { endRecord, type Note } from './record-recreation.ts';
import { recreate, tryRecreation, type Written } from './recreate.ts';
import { explainWriteDenial } from './write-denial.ts';
import { create, remove, update } from './write-object.ts';

/** Makes one change. A denial names the missing permission. Returns the objects that the API server wrote, that of the change first. */
export async function applyChange(
  apiServer: ApiServer,
  change: Change,
  dryRun: DryRun,
  tell: Note = () => {},
): Promise<Written> {
  try {
    return await sendChange(apiServer, change, dryRun, tell);
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
  tell: Note,
): Promise<Written> {
  if (change.action === 'none' || dryRun === 'client') return [];
  const { kind, name, object } = change;
  switch (change.action) {
    case 'create':
      return [
        await create(apiServer, kind, object, dryRun),
        ...(dryRun === 'none' ? await endRecord(apiServer, change.recordIn, name, tell) : []),
      ];
    case 'update':
      return [await update(apiServer, kind, name, object, dryRun)];
    case 'delete':
      await remove(apiServer, kind, object, dryRun);
      return [];
    // Not interrupted: Ctrl-C in between would leave no binding.
    case 'recreate':
      if (dryRun === 'none') return recreate(apiServer.uninterrupted, change, tell);
      await tryRecreation(apiServer, change);
      return [];
  }
}
