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

/** Has the API server check every change without persisting it, so that a denial does not leave half of the changes made. */
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
    // The API server checked the binding against the current role, without the rules that the plan adds.
    const { name } = role.object.metadata;
    if ((await mayBind(apiServer, name)) !== true)
      await checkBinding(apiServer, change, { ...role.object, rules: [...rules] });
  }
}

/** Returns the planned change of the role that a binding refers to; undefined if `change` does not write a binding. */
function roleOf(change: Change, changes: readonly Change[]): Change | undefined {
  const { object } = change;
  if (change.action === 'none' || !object || !('roleRef' in object)) return undefined;
  const { name } = object.roleRef;
  return changes.find((other) => other.kind === 'ClusterRole' && other.name === name);
}

/**
 * Checks a binding to a role that does not exist yet: to a caller without `bind`, the API server only answers 404. Such a caller must
 * have each permission of the role; `escalate` allows the caller to create the role, but not the binding.
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
 * Returns the result of `reading`. If the caller may not read, throws the API server's denial of one of `writes`, if it denies one:
 * the API server checks for escalation before it looks for the object. `writes` must not depend on the result.
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

/** Returns the API server's denial of a change by a dry run; undefined if it allows the change. */
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
