import { Failure } from '../../errors.ts';
import type { ApiServer } from '../../kube/api-server/api-server.ts';
import { ApiServerFailure } from '../../kube/api-server/api-server-failure.ts';
import { applyChange } from '../../kube/api-server/apply-change.ts';
import { listReferrers } from '../../kube/api-server/rbac-lists.ts';
import type { Change } from '../../rbac/change.ts';

/** For how long, in ms, a list of bindings shows whether a role is referred to. */
const freshMs = 200;

/** Checks right before a role is deleted that no binding has come to refer to it: throws a conflict otherwise. */
export function openReferrerCheck(apiServer: ApiServer): (change: Change) => Promise<void> {
  let listedAt = Number.NEGATIVE_INFINITY;
  let referrers: ReadonlyMap<string, string> = new Map();
  return async ({ kind, action, name }) => {
    if (kind !== 'ClusterRole' || action !== 'delete') return;
    if (performance.now() - listedAt > freshMs) {
      referrers = await listReferrers(apiServer);
      listedAt = performance.now();
    }
    const referrer = referrers.get(name);
    if (referrer === undefined) return;
    listedAt = Number.NEGATIVE_INFINITY;
    throw new ApiServerFailure(409, 'Conflict', `${referrer} now refers to ClusterRole ${name}`);
  };
}

/**
 * Restores deleted roles that a binding has come to refer to: no precondition of a delete covers another object, so that
 * between the last list of bindings and the delete a binding to the role may have been created. A grant checks after its write
 * whether the role exists, and this checks after the delete, so that one of them sees the other. Returns a sentence for each.
 */
export async function restoreReferencedRoles(
  apiServer: ApiServer,
  changes: readonly Change[],
): Promise<readonly string[]> {
  const deleted = changes.filter(
    ({ kind, action }) => kind === 'ClusterRole' && action === 'delete',
  );
  if (deleted.length === 0) return [];
  const referrers = await listReferrers(apiServer);
  const restored: string[] = [];
  for (const { kind, name, object } of deleted) {
    const referrer = referrers.get(name);
    if (referrer === undefined || !object) continue;
    const change = { kind, name, object, action: 'create', differences: [] } as const;
    const reason = `${referrer} was changed to refer to it during the deletion`;
    try {
      await applyChange(apiServer, change, 'none');
      restored.push(`restored ClusterRole ${name}: ${reason}`);
    } catch (error) {
      // The grant has seen that the role was gone, and created it.
      if (error instanceof ApiServerFailure && error.status === 409) continue;
      if (!(error instanceof Failure)) throw error;
      throw new Failure(`cannot restore ClusterRole ${name}: ${error.message}`, {
        cause: error,
        details: [reason, ...error.details],
        hints: ['re-run that grant to create the role', ...error.hints],
      });
    }
  }
  return restored;
}
