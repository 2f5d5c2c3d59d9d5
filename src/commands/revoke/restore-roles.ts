import { Failure } from '../../errors.ts';
import type { ApiServer } from '../../kube/api-server/api-server.ts';
import { ApiServerFailure } from '../../kube/api-server/api-server-failure.ts';
import { applyChange } from '../../kube/api-server/apply-change.ts';
import { listReferrers } from '../../kube/api-server/rbac-lists.ts';
import type { Change } from '../../rbac/change.ts';

/** Time in ms for which a list of bindings is reused. */
const freshMs = 200;

/** Returns a check to run right before each change: it throws a conflict if a role to be deleted is referred to by a binding. */
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
 * Restores deleted roles that a binding refers to: another client may create such a binding between the last list of bindings and the
 * delete, and no precondition of a delete covers another object. A grant checks after its write whether the role exists, and this
 * function checks after the delete, so that at least one of them notices. Returns a sentence for each restored role.
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
      // 409 Conflict: the concurrent grant has created the role again.
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
