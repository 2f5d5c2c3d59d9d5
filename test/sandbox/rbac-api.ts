import type { ServerResponse } from 'node:http';
import type { Attributes, Authorizer, Identity, Rule } from './authorizer.ts';
import { sendJson, sendStatus } from './respond.ts';
import type { Store, StoredObject } from './store.ts';

const group = 'rbac.authorization.k8s.io';
const kinds: Readonly<Record<string, string>> = {
  clusterroles: 'ClusterRole',
  clusterrolebindings: 'ClusterRoleBinding',
  roles: 'Role',
  rolebindings: 'RoleBinding',
};

export interface RbacRequest {
  readonly method: string;
  readonly resource: string;
  readonly namespace: string | undefined;
  readonly name: string | undefined;
  readonly query: URLSearchParams;
  readonly body: string;
  readonly who: Identity;
  readonly minor: number;
}

/** Writes roles and bindings, with the checks and messages of kube-apiserver in its order. */
export function serveRbac(
  store: Store,
  authorizer: Authorizer,
  request: RbacRequest,
  response: ServerResponse,
): void {
  const { method, resource, name, who } = request;
  const type = `${resource}.${group}`;
  const title = `${type} "${name}"`;
  const sent = JSON.parse(request.body || '{}') as StoredObject & {
    preconditions?: { uid?: string; resourceVersion?: string };
    dryRun?: string[];
  };
  if (method === 'DELETE') return remove(store, request, sent, response);
  const key = keyOf(request.namespace, name ?? sent.metadata.name);
  const before = store.get(resource, key);
  const given = sent['roleRef'] as { name: string } | undefined;
  if (given && !store.get('clusterroles', given.name) && !mayBind(authorizer, who, given.name)) {
    // In 1.37, the error names the missing role with the kind of the binding.
    const kind = request.minor <= 31 ? 'clusterroles' : resource;
    const details = { name: given.name, group, kind };
    return sendStatus(response, 404, `${kind}.${group} "${given.name}" not found`, details);
  }
  const lacking = escalation(authorizer, who, sent, name ?? '');
  if (lacking.length > 0)
    return sendStatus(
      response,
      403,
      `${type} "${sent.metadata.name}" is forbidden: user ${quoted([who.user])} (groups=[${quoted(who.groups)}]) is attempting to grant RBAC permissions not currently held:\n${lacking.join('\n')}`,
      { name: sent.metadata.name, group, kind: resource },
    );
  const dryRun = request.query.get('dryRun') === 'All';
  if (method === 'POST') {
    if (before)
      return sendStatus(
        response,
        409,
        `${type} "${sent.metadata.name}" already exists`,
        { name: sent.metadata.name, group, kind: resource },
        'AlreadyExists',
      );
    return sendJson(
      response,
      201,
      store[dryRun ? 'preview' : 'put'](resource, named(sent, request.namespace)),
    );
  }
  const conflict = conflictOf(before, sent, title);
  if (conflict) return sendStatus(response, 409, conflict, { name, group, kind: resource });
  if (before && JSON.stringify(before['roleRef']) !== JSON.stringify(sent['roleRef']))
    return sendStatus(
      response,
      422,
      `${kinds[resource]}.${group} "${name}" is invalid: roleRef: Invalid value: ${JSON.stringify(sent['roleRef'])}: field is immutable`,
    );
  sendJson(
    response,
    before ? 200 : 201,
    store[dryRun ? 'preview' : 'put'](resource, named(sent, request.namespace)),
  );
}

function keyOf(namespace: string | undefined, name: string): string {
  return namespace === undefined ? name : `${namespace}/${name}`;
}

function named(object: StoredObject, namespace: string | undefined): StoredObject {
  return namespace === undefined
    ? object
    : { ...object, metadata: { ...object.metadata, namespace } };
}

/** Returns the conflict of a PUT. With the uid of a deleted object, a PUT is a conflict; without a uid, it recreates the object. */
function conflictOf(
  before: StoredObject | undefined,
  sent: StoredObject,
  title: string,
): string | undefined {
  const { uid, resourceVersion } = sent.metadata;
  if (!before)
    return uid === undefined
      ? undefined
      : `Operation cannot be fulfilled on ${title}: StorageError: invalid object, Code: 4, Key: …, ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: UID in precondition: ${uid}, UID in object meta: `;
  if (resourceVersion === undefined || resourceVersion === before.metadata.resourceVersion)
    return undefined;
  return `Operation cannot be fulfilled on ${title}: the object has been modified; please apply your changes to the latest version and try again`;
}

// Like kube-apiserver, ignores ?dryRun in the query of a DELETE with a body.
function remove(
  store: Store,
  { resource, name = '', namespace, query, body }: RbacRequest,
  options: { preconditions?: { uid?: string; resourceVersion?: string }; dryRun?: string[] },
  response: ServerResponse,
): void {
  const found = store.get(resource, keyOf(namespace, name));
  const details = { name, group, kind: kinds[resource] };
  if (!found) return sendStatus(response, 404, `${resource}.${group} "${name}" not found`, details);
  const { uid, resourceVersion } = options.preconditions ?? {};
  const conflict = `Operation cannot be fulfilled on ${kinds[resource]}.${group} "${name}": the`;
  if (uid !== undefined && uid !== found.metadata.uid)
    return sendStatus(
      response,
      409,
      `${conflict} UID in the precondition (${uid}) does not match the UID in record (${found.metadata.uid}). The object might have been deleted and then recreated`,
      details,
    );
  if (resourceVersion !== undefined && resourceVersion !== found.metadata.resourceVersion)
    return sendStatus(
      response,
      409,
      `${conflict} ResourceVersion in the precondition (${resourceVersion}) does not match the ResourceVersion in record (${found.metadata.resourceVersion}). The object might have been modified`,
      details,
    );
  const dryRun =
    body === '' ? query.get('dryRun') === 'All' : options.dryRun?.includes('All') === true;
  if (!dryRun) store.delete(resource, keyOf(namespace, name));
  sendJson(response, 200, {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Success',
    details: { ...details, uid: found.metadata.uid },
  });
}

function mayBind(authorizer: Authorizer, who: Identity, name: string): boolean {
  const bind = { verb: 'bind', apiGroup: group, resource: 'clusterroles', name };
  return authorizer.authorize(who, bind).allowed;
}

/**
 * Returns the granted permissions that the caller lacks, one sorted line for each group, resource and name. Callers with escalate or bind
 * lack none. A create request has no name, so `escalate` on a name does not apply to it.
 */
function escalation(
  authorizer: Authorizer,
  who: Identity,
  object: StoredObject,
  requestName: string,
): readonly string[] {
  const binding = object['roleRef'] as { name: string } | undefined;
  const escalate = {
    verb: 'escalate',
    apiGroup: group,
    resource: 'clusterroles',
    name: requestName,
  };
  if (
    binding ? mayBind(authorizer, who, binding.name) : authorizer.authorize(who, escalate).allowed
  )
    return [];
  const rules = binding ? authorizer.rulesOf(binding.name) : ((object['rules'] ?? []) as Rule[]);
  const lacking = new Map<string, string[]>();
  for (const { apiGroup, resource, verb, name } of rules.flatMap(broken)) {
    if (authorizer.authorize(who, { verb, apiGroup, resource, name }).allowed) continue;
    const names = name === '' ? '' : `, ResourceNames:[${quoted([name])}]`;
    const key = `APIGroups:[${quoted([apiGroup])}], Resources:[${quoted([resource])}]${names}`;
    lacking.set(key, [...(lacking.get(key) ?? []), verb]);
  }
  return [...lacking].map(([key, verbs]) => `{${key}, Verbs:[${quoted(verbs)}]}`).sort();
}

/** Splits a rule into permissions for one group, resource, verb and name each. */
function broken(rule: Rule): readonly Attributes[] {
  const names = rule.resourceNames?.length ? rule.resourceNames : [''];
  return (rule.apiGroups ?? []).flatMap((apiGroup) =>
    (rule.resources ?? []).flatMap((resource) =>
      rule.verbs.flatMap((verb) => names.map((name) => ({ apiGroup, resource, verb, name }))),
    ),
  );
}

/** Formats a list as Go does with `%q` in these error messages, which is like JSON. */
function quoted(words: readonly string[]): string {
  return words.map((word) => JSON.stringify(word)).join(' ');
}
