import { Interrupted } from '../../../errors.ts';
import type { ApiServer } from '../../../kube/api-server/api-server.ts';
import { orUndefined } from '../../../kube/api-server/api-server-failure.ts';
import { findBinding } from '../../../kube/api-server/pair-objects.ts';
import { type AskedRequest, reviewSubject } from '../../../kube/api-server/reviews.ts';
import { readings } from '../../../kube/readings.ts';
import type { PolicyRule, RbacSubject } from '../../../objects.ts';
import { expiryOf } from '../../../rbac/grant.ts';
import { permissions } from '../../../rbac/permission.ts';
import { reviewedUser } from '../../../rbac/subject.ts';

/**
 * Returns the bindings that give a subject all these permissions without an expiry. Returns undefined if the subject lacks a permission, if
 * `wantedBinding` already gives the subject a permission, or if the caller may not create a SubjectAccessReview.
 */
export async function findExistingAccess(
  apiServer: ApiServer,
  subject: RbacSubject,
  rules: readonly PolicyRule[],
  wantedBinding: string,
): Promise<readonly string[] | undefined> {
  const bindings = new Set<string>();
  for (const permission of permissionsToCheck(rules)) {
    const binding = await findGivingBinding(apiServer, subject, permission);
    if (binding === undefined) return undefined;
    bindings.add(binding);
  }
  if (bindings.has(wantedBinding)) return undefined;
  return (await anyExpires(apiServer, bindings)) ? undefined : [...bindings];
}

/** Whether one of the bindings `names` expires. Ignores bindings that the caller may not read. */
async function anyExpires(apiServer: ApiServer, names: Iterable<string>): Promise<boolean> {
  for (const name of names) {
    const binding = name === '' ? undefined : await orUndefined(findBinding(apiServer, name));
    if (binding && expiryOf(binding) !== undefined) return true;
  }
  return false;
}

/** Time in ms within which each API server applies a changed binding. */
const settlingMs = 2_000;

/**
 * Returns a permission on a subresource of nodes that a subject still has after a revoke, and the binding that grants it. The binding
 * is an empty string for system:masters. Returns undefined if the subject has no such permission, or if the caller may not create a
 * SubjectAccessReview.
 */
export async function findRemainingAccess(
  apiServer: ApiServer,
  subject: RbacSubject,
  rules: readonly PolicyRule[],
  signal: AbortSignal,
): Promise<{ readonly permission: string; readonly binding: string } | undefined> {
  const settling = AbortSignal.any([signal, AbortSignal.timeout(settlingMs)]);
  for (const { subresource, ...asked } of permissionsToCheck(rules)) {
    if (subresource === undefined) continue;
    // The requests that --wait sends to kubelets need the verb get.
    const permission = { ...asked, subresource, verb: 'get' };
    const find = () => findGivingBinding(apiServer, subject, permission);
    let binding: string | undefined;
    for await (binding of readings(find, { pauseMs: () => 200, signal: settling }))
      if (binding === undefined) break;
    if (signal.aborted) throw new Interrupted();
    if (binding !== undefined) return { permission: `get nodes/${subresource}`, binding };
  }
  return undefined;
}

/**
 * Returns the binding that grants a permission, or an empty string for system:masters. Returns undefined if no binding grants it, or if
 * the caller may not create a SubjectAccessReview.
 */
async function findGivingBinding(
  apiServer: ApiServer,
  subject: RbacSubject,
  permission: AskedRequest,
): Promise<string | undefined> {
  const reviewed = await reviewSubject(apiServer, reviewedUser(subject), permission);
  return reviewed?.allowed ? reviewed.binding : undefined;
}

/** Returns each permission of the rules except nodes/spec, because kubelets no longer check nodes/spec and no built-in role has it. */
function permissionsToCheck(rules: readonly PolicyRule[]): readonly AskedRequest[] {
  return rules.flatMap(permissions).flatMap((permission) => {
    if ('url' in permission || permission.resource === 'nodes/spec') return [];
    const { verb, resourceName: name } = permission;
    const [resource = '', subresource] = permission.resource.split('/');
    return { resource, subresource, verb, name };
  });
}
