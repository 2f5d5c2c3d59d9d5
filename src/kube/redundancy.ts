import type { PolicyRule, RbacSubject, SubjectAccessReview } from '../objects.ts';
import { bindingOf, reviewedUser, rightsToAsk } from '../rbac/redundancy.ts';
import { type ApiServer, ApiServerFailure } from './api-server.ts';

/**
 * The bindings, other than the one that is wanted, by which a subject may do all that already; undefined if it may not, or if
 * the caller may not ask.
 */
export async function grantedBy(
  apiServer: ApiServer,
  subject: RbacSubject,
  rules: readonly PolicyRule[],
  wantedBinding: string,
): Promise<readonly string[] | undefined> {
  const path = '/apis/authorization.k8s.io/v1/subjectaccessreviews';
  const bindings = new Set<string>();
  for (const resourceAttributes of rightsToAsk(rules)) {
    const body = {
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SubjectAccessReview',
      spec: { ...reviewedUser(subject), resourceAttributes },
    };
    try {
      const { status } = await apiServer.write<SubjectAccessReview>('POST', path, body);
      if (!status?.allowed) return undefined;
      bindings.add(bindingOf(status.reason ?? ''));
    } catch (error) {
      if (error instanceof ApiServerFailure && error.status === 403) return undefined;
      throw error;
    }
  }
  return bindings.has(wantedBinding) ? undefined : [...bindings];
}
