import type { ServerResponse } from 'node:http';
import type { Attributes, Authorizer, Identity } from './authorizer.ts';
import { sendStatus } from './respond.ts';

const verbs = new Map([
  ['GET', 'get'],
  ['HEAD', 'get'],
  ['POST', 'create'],
  ['PUT', 'update'],
  ['PATCH', 'patch'],
  ['DELETE', 'delete'],
]);

/** Returns the verb that kube-apiserver checks for a method. Kubelets have no verb for HEAD. */
export function verbOf(method: string): string {
  return verbs.get(method) ?? '';
}

export interface NamespacedAttributes extends Attributes {
  readonly namespace?: string;
}

/** Returns whether the request is allowed. If it is not, sends the denial. */
export function allow(
  authorizer: Authorizer,
  who: Identity,
  attributes: NamespacedAttributes,
  response: ServerResponse,
): boolean {
  const { allowed, reason = '' } = authorizer.authorize(who, attributes);
  if (!allowed) deny(who, attributes, reason, response);
  return allowed;
}

/** Sends kube-apiserver's denial. RBAC gives no reason; other authorizers may give one. */
export function deny(
  who: Identity,
  { verb, apiGroup, resource, name, namespace }: NamespacedAttributes,
  reason: string,
  response: ServerResponse,
): void {
  const kind = resource.split('/')[0] ?? '';
  const object =
    (apiGroup === '' ? kind : `${kind}.${apiGroup}`) + (name === '' ? '' : ` "${name}"`);
  const where =
    namespace === undefined ? 'at the cluster scope' : `in the namespace "${namespace}"`;
  const words = `${object} is forbidden: User ${JSON.stringify(who.user)} cannot ${verb} resource "${resource}" in API group "${apiGroup}" ${where}`;
  sendStatus(response, 403, reason === '' ? words : `${words}: ${reason}`, {
    ...(name === '' ? {} : { name }),
    kind,
    ...(apiGroup === '' ? {} : { group: apiGroup }),
  });
}
