import { Failure } from '../../../errors.ts';
import type { ApiServer } from '../../../kube/api-server/api-server.ts';
import { ApiServerFailure } from '../../../kube/api-server/api-server-failure.ts';
import { applyChange, type PairObject } from '../../../kube/api-server/pair-objects.ts';
import { hasPermissions, mayBind, whoAmI } from '../../../kube/api-server/reviews.ts';
import type { ClusterRole, PolicyRule } from '../../../objects.ts';
import type { Change } from '../../../rbac/change.ts';
import { missingRules } from '../../../rbac/rules.ts';
import { remedyForEscalation } from '../../../rbac/write-remedy.ts';

/**
 * Checks every change by a server dry run before any is made, because a denial in the middle would leave some changes made. Returns the
 * changes with the objects that the API server answered. A binding to a role that does not exist yet may have no answer.
 */
export async function dryRunOnServer(
  apiServer: ApiServer,
  changes: readonly Change[],
): Promise<readonly Change[]> {
  const answered: Change[] = [];
  for (const change of changes) {
    const role = roleOf(change, changes);
    let object: PairObject | undefined;
    try {
      object = await applyChange(apiServer, change, 'server');
    } catch (error) {
      const isMissing = error instanceof ApiServerFailure && error.status === 404;
      if (role?.action !== 'create' || !isMissing) throw error;
      await checkBinding(apiServer, change, role.object);
    }
    answered.push(object ? ({ ...change, object } as Change) : change);
    const { rules = [] } = role?.added ?? {};
    if (role?.action !== 'update' || rules.length === 0) continue;
    // The server dry run checked the binding against the current role, which lacks the rules that the plan adds.
    const { name } = role.object.metadata;
    if ((await mayBind(apiServer, name)) !== true)
      await checkBinding(apiServer, change, { ...role.object, rules: [...rules] });
  }
  return answered;
}

function roleOf(change: Change, changes: readonly Change[]): Change | undefined {
  const { object } = change;
  if (change.action === 'none' || !object || !('roleRef' in object)) return undefined;
  const { name } = object.roleRef;
  return changes.find((other) => other.kind === 'ClusterRole' && other.name === name);
}

/**
 * Checks whether the caller may create a binding to a role that does not exist yet. If the caller does not have `bind`, the dry run
 * only returns 404. Such a caller must have each permission of the role. `escalate` is not enough, because it allows the caller to
 * create the role but not the binding.
 */
async function checkBinding(
  apiServer: ApiServer,
  change: Change,
  role: ClusterRole,
): Promise<void> {
  const missing: PolicyRule[] = [];
  for (const rule of missingRules([], role.rules ?? []))
    if (!(await hasPermissions(apiServer, rule))) missing.push(rule);
  if (missing.length === 0) return;
  throw new Failure(
    `${change.kind} ${change.name} would be denied: you have neither "bind" on ClusterRole ${role.metadata.name} nor all of its permissions`,
    remedyForEscalation({ ...(await whoAmI(apiServer)), missing }, change),
  );
}
