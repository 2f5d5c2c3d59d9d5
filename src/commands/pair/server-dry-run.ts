import { Failure } from '../../errors.ts';
import { type ApiServer, ApiServerFailure } from '../../kube/api-server/api-server.ts';
import { applyChange } from '../../kube/api-server/pair-objects.ts';
import { holds, mayBind, whoAmI } from '../../kube/api-server/who-am-i.ts';
import {
  EscalationFailure,
  explainDenial,
  explainWriteRefusal,
  isForbidden,
  linesOf,
} from '../../kube/api-server/write-refusal.ts';
import type { ClusterRole, PolicyRule } from '../../objects.ts';
import type { Change } from '../../rbac/change.ts';
import { missingRules } from '../../rbac/rules.ts';
import { remedyForEscalation } from '../../rbac/write-remedy.ts';

/** Has the API server check every change and keep none, so that what it refuses leaves nothing half made. */
export async function rehearse(apiServer: ApiServer, changes: readonly Change[]): Promise<void> {
  for (const change of changes) {
    const role = roleOf(change, changes);
    try {
      await applyChange(apiServer, change, 'server');
    } catch (error) {
      const isToCome = role?.action === 'create';
      if (!isToCome || !(error instanceof ApiServerFailure && error.status === 404)) throw error;
      await foresee(apiServer, change, role.object);
    }
    const { rules = [] } = role?.added ?? {};
    if (role?.action !== 'update' || rules.length === 0) continue;
    // Checked was whether the role may be given as it is; it is about to give more.
    const { name = '' } = role.object.metadata ?? {};
    if ((await mayBind(apiServer, name)) !== true)
      await foresee(apiServer, change, { ...role.object, rules: [...rules] });
  }
}

/** The plan's change of the role that a binding gives, if the binding is to be written. */
function roleOf(change: Change, changes: readonly Change[]): Change | undefined {
  const { object } = change;
  if (change.action === 'none' || !object || !('roleRef' in object)) return undefined;
  const { name } = object.roleRef;
  return changes.find((other) => other.kind === 'ClusterRole' && other.name === name);
}

/**
 * The API server does not check a binding before its role is there: it says 404 to whoever may not `bind` it. Such a
 * caller must hold each of its rules, and may have come past the check of the role by `escalate` alone.
 */
async function foresee(apiServer: ApiServer, change: Change, role: ClusterRole): Promise<void> {
  const missing: PolicyRule[] = [];
  for (const rule of missingRules([], role.rules ?? []))
    if (!(await holds(apiServer, rule))) missing.push(rule);
  if (missing.length === 0) return;
  const remedy = remedyForEscalation({ ...(await whoAmI(apiServer)), missing }, change);
  throw new EscalationFailure(
    `${change.kind} ${change.name} would be refused: you may not bind ClusterRole ${role.metadata?.name}, and do not hold what it gives`,
    linesOf(remedy),
  );
}

/**
 * What is read, or why it may not be. The API server checks for escalation before it looks whether an object is there, so
 * that who may not read is told nevertheless what the writes would lack that nothing need be read for.
 */
export async function orWhatWritingLacks<T>(
  apiServer: ApiServer,
  reading: Promise<T>,
  unseen: readonly Change[],
): Promise<T> {
  try {
    return await reading;
  } catch (error) {
    if (!isForbidden(error)) throw error;
    const denial = explainDenial(error);
    for (const change of unseen) {
      const refusal = await refusalOf(apiServer, change);
      const escalation = explainWriteRefusal(refusal, { ...change, unread: true });
      if (escalation instanceof EscalationFailure && denial instanceof Failure)
        throw new EscalationFailure(escalation.message, {
          ...escalation,
          cause: refusal,
          details: [...escalation.details, ...denial.details],
        });
    }
    throw denial;
  }
}

/** What the API server says to one change, if it says no. */
async function refusalOf(
  apiServer: ApiServer,
  change: Change,
): Promise<ApiServerFailure | undefined> {
  try {
    await applyChange(apiServer, change, 'server');
    return undefined;
  } catch (error) {
    const said = error instanceof Failure && error.cause ? error.cause : error;
    if (said instanceof ApiServerFailure) return said;
    throw error;
  }
}
