import { foundIn } from '../../known.ts';
import type { PolicyRule } from '../../objects.ts';
import type { Identity } from '../../rbac/subject.ts';
import type { ApiServer } from './api-server.ts';
import { knownUnlessDenied, orUndefined } from './api-server-failure.ts';
import { kinds } from './kinds.ts';

export interface AskedRequest {
  readonly group?: string;
  readonly resource: string;
  readonly subresource?: string | undefined;
  readonly verb: string;
  readonly name?: string | undefined;
  /** Namespace of a namespaced resource; all namespaces if absent. */
  readonly namespace?: string;
}

export interface ReviewResult {
  readonly allowed: boolean;
  /** Name of the ClusterRoleBinding that allows the request; empty if no ClusterRoleBinding allows it, as for members of system:masters. */
  readonly binding: string;
}

/** Returns whether an identity may send a request; undefined if the caller may not create SubjectAccessReviews. */
export async function reviewSubject(
  apiServer: ApiServer,
  identity: { readonly user?: string; readonly groups?: readonly string[] },
  resourceAttributes: AskedRequest,
): Promise<ReviewResult | undefined> {
  return review(apiServer, 'SubjectAccessReview', { ...identity, resourceAttributes });
}

/**
 * Returns whether the caller may send a request; undefined if the caller may not create SelfSubjectAccessReviews. The built-in roles allow
 * every authenticated user to create them.
 */
export async function reviewSelf(
  apiServer: ApiServer,
  resourceAttributes: AskedRequest,
): Promise<ReviewResult | undefined> {
  return review(apiServer, 'SelfSubjectAccessReview', { resourceAttributes });
}

async function review(
  apiServer: ApiServer,
  kind: 'SubjectAccessReview' | 'SelfSubjectAccessReview',
  spec: object,
): Promise<ReviewResult | undefined> {
  const path = `/apis/authorization.k8s.io/v1/${kind.toLowerCase()}s`;
  const body = { apiVersion: 'authorization.k8s.io/v1', kind, spec };
  const written = apiServer.write('POST', path, body, kinds[kind]);
  const reviewed = foundIn(await knownUnlessDenied(written));
  if (!reviewed) return undefined;
  const { allowed, reason = '' } = reviewed.status;
  const [, binding = ''] = /allowed by ClusterRoleBinding "([^"]*)"/.exec(reason) ?? [];
  return { allowed, binding };
}

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
