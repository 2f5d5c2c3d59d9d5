import type { PolicyRule, RbacSubject } from '../objects.ts';
import { type ApiServer, orUndefined } from './api-server.ts';

/** Who the API server takes the caller for. */
export interface Caller {
  /** Empty if it does not tell. */
  readonly user: string;
  readonly groups: readonly string[];
}

export async function whoAmI(apiServer: ApiServer): Promise<Caller> {
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

/** Whether rights of a subject are the caller's own. */
export function isOneOf({ user, groups }: Caller, { kind, name, namespace }: RbacSubject): boolean {
  switch (kind) {
    case 'Group':
      return groups.includes(name);
    case 'ServiceAccount':
      return user === `system:serviceaccount:${namespace ?? ''}:${name}`;
    default:
      return user === name;
  }
}

interface Review {
  readonly status?: { readonly allowed?: boolean };
}

/** Whether the caller holds all of a rule for resources. What the API server does not tell counts as held. */
export async function holds(apiServer: ApiServer, rule: PolicyRule): Promise<boolean> {
  const asked = (rule.apiGroups ?? []).flatMap((group) =>
    (rule.resources ?? []).flatMap((whole) =>
      rule.verbs.flatMap((verb) => {
        const [resource, subresource] = whole.split('/');
        const names = rule.resourceNames?.length ? rule.resourceNames : [undefined];
        return names.map((name) => ({ group, resource, subresource, verb, name }));
      }),
    ),
  );
  const answers = await Promise.all(
    asked.map((resourceAttributes) =>
      orUndefined(
        apiServer.write<Review>('POST', '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', {
          apiVersion: 'authorization.k8s.io/v1',
          kind: 'SelfSubjectAccessReview',
          spec: { resourceAttributes },
        }),
      ),
    ),
  );
  return answers.every((answer) => answer?.status?.allowed !== false);
}
