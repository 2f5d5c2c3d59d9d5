import { Failure } from '../../errors.ts';
import type { ApiServer } from '../../kube/api-server/api-server.ts';
import { ApiServerFailure } from '../../kube/api-server/api-server-failure.ts';
import { applyChange } from '../../kube/api-server/pair-objects.ts';
import { listReferrers } from '../../kube/api-server/rbac-lists.ts';
import type { Change } from '../../rbac/change.ts';

/** Time in ms for which the check reuses a list of bindings. */
const freshMs = 200;

/**
 * Returns a check that must run right before each change. The check throws a conflict if a binding still refers to the role that the
 * change deletes.
 */
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
 * Restores deleted roles that a binding refers to. Another client may create such a binding after the last list of bindings and before
 * the delete, and a delete cannot have a precondition on another object. grant checks that the role exists after it wrote the binding,
 * and this function checks the bindings after the delete. So at least one of them detects the conflict. Returns a sentence for each
 * restored role.
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
