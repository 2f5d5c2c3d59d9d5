import type { PolicyRule } from '../../objects.ts';
import type { Identity } from '../../rbac/subject.ts';
import { reviewSelf } from './access-review.ts';
import type { ApiServer } from './api-server.ts';
import { orUndefined } from './api-server-failure.ts';
import { kinds } from './kinds.ts';

/** Returns the caller's identity as the API server authenticates it; the name is empty if the API server rejects the SelfSubjectReview. */
export async function whoAmI(apiServer: ApiServer): Promise<Identity> {
  const path = '/apis/authentication.k8s.io/v1/selfsubjectreviews';
  const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' };
  const answer = await orUndefined(apiServer.write('POST', path, body, kinds.SelfSubjectReview));
  const { username: user = '', groups = [] } = answer?.status.userInfo ?? {};
  return { user, groups };
}

/** Returns whether the caller may bind a ClusterRole; undefined if the caller may not create SelfSubjectAccessReviews. */
export async function mayBind(
  apiServer: ApiServer,
  roleName: string,
): Promise<boolean | undefined> {
  const request = { group: 'rbac.authorization.k8s.io', resource: 'clusterroles', verb: 'bind' };
  return (await reviewSelf(apiServer, { ...request, name: roleName }))?.allowed;
}

/**
 * Returns whether the caller has all permissions of a rule for resources. If a permission cannot be checked, assumes that the caller has
 * it.
 */
export async function hasPermissions(apiServer: ApiServer, rule: PolicyRule): Promise<boolean> {
  const requests = (rule.apiGroups ?? []).flatMap((group) =>
    (rule.resources ?? []).flatMap((whole) =>
      rule.verbs.flatMap((verb) => {
        const [resource = '', subresource] = whole.split('/');
        const names = rule.resourceNames?.length ? rule.resourceNames : [undefined];
        return names.map((name) => ({ group, resource, verb, subresource, name }));
      }),
    ),
  );
  const answers = await Promise.all(requests.map((request) => reviewSelf(apiServer, request)));
  return answers.every((answer) => answer?.allowed !== false);
}
