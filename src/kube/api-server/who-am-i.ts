import type { PolicyRule } from '../../objects.ts';
import type { Identity } from '../../rbac/subject.ts';
import { reviewSelf } from './access-review.ts';
import { type ApiServer, orUndefined } from './api-server.ts';

/** Who the API server takes the caller for; nobody, with an empty name, if it does not tell. */
export async function whoAmI(apiServer: ApiServer): Promise<Identity> {
  const path = '/apis/authentication.k8s.io/v1/selfsubjectreviews';
  const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' };
  const answer = await orUndefined(
    apiServer.write<{ status?: { userInfo?: { username?: string; groups?: string[] } } }>(
      'POST',
      path,
      body,
    ),
  );
  const { username: user = '', groups = [] } = answer?.status?.userInfo ?? {};
  return { user, groups };
}

/** Whether the caller may bind a cluster role to whom they like; undefined if the API server does not tell. */
export async function mayBind(
  apiServer: ApiServer,
  roleName: string,
): Promise<boolean | undefined> {
  const right = { group: 'rbac.authorization.k8s.io', resource: 'clusterroles', verb: 'bind' };
  return (await reviewSelf(apiServer, { ...right, name: roleName }))?.allowed;
}

/** Whether the caller holds all of a rule for resources. What the API server does not tell counts as held. */
export async function holds(apiServer: ApiServer, rule: PolicyRule): Promise<boolean> {
  const asked = (rule.apiGroups ?? []).flatMap((group) =>
    (rule.resources ?? []).flatMap((whole) =>
      rule.verbs.flatMap((verb) => {
        const [resource = '', subresource] = whole.split('/');
        const names = rule.resourceNames?.length ? rule.resourceNames : [undefined];
        return names.map((name) => ({
          group,
          resource,
          verb,
          ...(subresource !== undefined && { subresource }),
          ...(name !== undefined && { name }),
        }));
      }),
    ),
  );
  const answers = await Promise.all(asked.map((right) => reviewSelf(apiServer, right)));
  return answers.every((answer) => answer?.allowed !== false);
}
