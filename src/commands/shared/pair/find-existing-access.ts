import type { ApiServer } from '../../../kube/api-server/api-server.ts';
import { orUndefined } from '../../../kube/api-server/api-server-failure.ts';
import { findBinding } from '../../../kube/api-server/pair-objects.ts';
import { type AskedRequest, reviewSubject } from '../../../kube/api-server/reviews.ts';
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
  const givers = new Set<string>();
  for (const permission of permissionsToCheck(rules)) {
    const giver = await findGiver(apiServer, subject, permission);
    if (giver === undefined || giver === wantedBinding) return undefined;
    givers.add(giver);
  }
  for (const name of givers) {
    // A binding that the caller may not read counts as one without an expiry.
    const binding = name === '' ? undefined : await orUndefined(findBinding(apiServer, name));
    if (binding && expiryOf(binding) !== undefined) return undefined;
  }
  return [...givers];
}

/**
 * Returns the binding that grants a permission, or an empty string for system:masters. Returns undefined if no binding grants it, or if
 * the caller may not create a SubjectAccessReview.
 */
export async function findGiver(
  apiServer: ApiServer,
  subject: RbacSubject,
  permission: AskedRequest,
): Promise<string | undefined> {
  const reviewed = await reviewSubject(apiServer, reviewedUser(subject), permission);
  return reviewed?.allowed ? reviewed.binding : undefined;
}

/** Returns each permission of the rules except nodes/spec, because kubelets no longer check nodes/spec and no built-in role has it. */
export function permissionsToCheck(rules: readonly PolicyRule[]): readonly AskedRequest[] {
  return rules.flatMap(permissions).flatMap((permission) => {
    if ('url' in permission || permission.resource === 'nodes/spec') return [];
    const { verb, resourceName: name } = permission;
    const [resource = '', subresource] = permission.resource.split('/');
    return { resource, subresource, verb, name };
  });
}
