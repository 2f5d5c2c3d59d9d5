import { Failure } from '../../errors.ts';
import type { ApiServer } from '../../kube/api-server/api-server.ts';
import { ApiServerFailure } from '../../kube/api-server/api-server-failure.ts';
import { applyChange } from '../../kube/api-server/pair-objects.ts';
import { listClusterRoleBindings, listRoleReferences } from '../../kube/api-server/rbac-lists.ts';
import { bindingTitle, type Change } from '../../rbac/change.ts';

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
  const bindings = await Promise.all([
    listClusterRoleBindings(apiServer),
    listRoleReferences(apiServer),
  ]);
  const referrers = new Map(
    bindings
      .flat()
      .filter(({ roleRef }) => roleRef.kind === 'ClusterRole')
      .map((binding) => [binding.roleRef.name, bindingTitle(binding)]),
  );
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
