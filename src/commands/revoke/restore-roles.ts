import { Failure } from '../../errors.ts';
import { type ApiServer, ApiServerFailure } from '../../kube/api-server/api-server.ts';
import { applyChange } from '../../kube/api-server/pair-objects.ts';
import { listReferrers } from '../../kube/api-server/rbac-lists.ts';
import type { Change } from '../../rbac/change.ts';

/**
 * Makes deleted roles anew to which a binding has come to refer: no precondition of a delete can tell of another object, so
 * that between the last look at the bindings and the delete somebody may have been granted the role. Whoever grants looks
 * after its write whether the role is there, and whoever deletes looks here, so that one of them sees the other. Returns a
 * sentence for each.
 */
export async function putBackReferredTo(
  apiServer: ApiServer,
  changes: readonly Change[],
): Promise<readonly string[]> {
  const deleted = changes.filter(
    ({ kind, action }) => kind === 'ClusterRole' && action === 'delete',
  );
  if (deleted.length === 0) return [];
  const referrers = await listReferrers(apiServer);
  const told: string[] = [];
  for (const { kind, name, object } of deleted) {
    const referrer = referrers.get(name);
    if (referrer === undefined || !object) continue;
    const change = { kind, name, object, action: 'create', differences: [] } as const;
    const reason = `${referrer} came to refer to it while it was being deleted`;
    try {
      await applyChange(apiServer, change, 'none');
      told.push(`ClusterRole ${name} was put back: ${reason}`);
    } catch (error) {
      // Whoever granted it has seen that it was gone.
      if (error instanceof ApiServerFailure && error.status === 409) continue;
      if (!(error instanceof Failure)) throw error;
      throw new Failure(`ClusterRole ${name} could not be put back: ${error.message}`, {
        cause: error,
        details: [reason, ...error.details],
        hints: ['run that grant again: it makes the role', ...error.hints],
      });
    }
  }
  return told;
}
