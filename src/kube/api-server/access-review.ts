import { foundIn } from '../../known.ts';
import type { ApiServer } from './api-server.ts';
import { knownUnlessDenied } from './api-server-failure.ts';
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
