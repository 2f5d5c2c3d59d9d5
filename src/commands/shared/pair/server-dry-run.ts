import { Failure, isFailure, reworded } from '../../../errors.ts';
import type { ApiServer } from '../../../kube/api-server/api-server.ts';
import { ApiServerFailure, isForbidden } from '../../../kube/api-server/api-server-failure.ts';
import { applyChange } from '../../../kube/api-server/apply-change.ts';
import { hasPermissions, mayBind, whoAmI } from '../../../kube/api-server/who-am-i.ts';
import {
  explainWriteDenial,
  withMissingPermission,
} from '../../../kube/api-server/write-denial.ts';
import type { ClusterRole, PolicyRule } from '../../../objects.ts';
import type { Change } from '../../../rbac/change.ts';
import { missingRules } from '../../../rbac/rules.ts';
import { remedyForEscalation } from '../../../rbac/write-remedy.ts';

/** Has the API server check every change and persist none, so that a denial leaves nothing half done. */
export async function dryRunOnServer(
  apiServer: ApiServer,
  changes: readonly Change[],
): Promise<void> {
  for (const change of changes) {
    const role = roleOf(change, changes);
    try {
      await applyChange(apiServer, change, 'server');
    } catch (error) {
      const isMissing = error instanceof ApiServerFailure && error.status === 404;
      if (role?.action !== 'create' || !isMissing) throw error;
      await checkBinding(apiServer, change, role.object);
    }
    const { rules = [] } = role?.added ?? {};
    if (role?.action !== 'update' || rules.length === 0) continue;
    // The API server checked the role as it is; the plan adds rules to it.
    const { name } = role.object.metadata;
    if ((await mayBind(apiServer, name)) !== true)
      await checkBinding(apiServer, change, { ...role.object, rules: [...rules] });
  }
}

/** The plan's change of the role that a binding refers to, if the binding is to be written. */
function roleOf(change: Change, changes: readonly Change[]): Change | undefined {
  const { object } = change;
  if (change.action === 'none' || !object || !('roleRef' in object)) return undefined;
  const { name } = object.roleRef;
  return changes.find((other) => other.kind === 'ClusterRole' && other.name === name);
}

/**
 * The API server checks no binding before its role exists: without `bind` it answers 404. Then the caller must hold each
 * rule of the role, and may have passed the check of the role by `escalate` alone.
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
    {
      kind: 'escalation',
      ...remedyForEscalation({ ...(await whoAmI(apiServer)), missing }, change),
    },
  );
}

/**
 * What is read, or why it may not be. The API server checks for escalation before it looks for the object, so that a
 * caller who may not read still learns what the writes lack that depend on nothing read.
 */
export async function readOrExplain<T>(
  apiServer: ApiServer,
  reading: Promise<T>,
  writes: readonly Change[],
): Promise<T> {
  try {
    return await reading;
  } catch (error) {
    if (!isForbidden(error)) throw error;
    const denial = withMissingPermission(error);
    for (const change of writes) {
      const denied = await denialOf(apiServer, change);
      const escalation = explainWriteDenial(denied, { ...change, unread: true });
      if (isFailure(escalation, 'escalation') && denial instanceof Failure)
        throw reworded(escalation, {
          cause: denied,
          details: [...escalation.details, ...denial.details],
        });
    }
    throw denial;
  }
}

/** The API server's denial of one change, if it denies it. */
async function denialOf(
  apiServer: ApiServer,
  change: Change,
): Promise<ApiServerFailure | undefined> {
  try {
    await applyChange(apiServer, change, 'server');
    return undefined;
  } catch (error) {
    const denial = error instanceof Failure && error.cause ? error.cause : error;
    if (denial instanceof ApiServerFailure) return denial;
    throw error;
  }
}
