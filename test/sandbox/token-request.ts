import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { allow } from './allow.ts';
import type { Authorizer, Identity } from './authorizer.ts';
import { readObject, sendJson, sendStatus } from './respond.ts';
import type { Store, StoredObject } from './store.ts';

interface TokenIssuer {
  readonly store: Store;
  readonly authorizer: Authorizer;
  readonly tokens: Map<string, Identity>;
}

interface Account {
  readonly namespace: string;
  readonly name: string;
}

/** Serves `POST /api/v1/namespaces/NS/serviceaccounts/NAME/token`, with the messages of kube-apiserver. */
export async function serveTokenRequest(
  { store, authorizer, tokens }: TokenIssuer,
  who: Identity,
  { namespace, name }: Account,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const resource = 'serviceaccounts/token';
  if (
    !allow(authorizer, who, { verb: 'create', apiGroup: '', resource, name, namespace }, response)
  )
    return;
  const sent = JSON.parse(await readObject(request)) as StoredObject & {
    spec?: { expirationSeconds?: number };
  };
  const { expirationSeconds = 3600 } = sent.spec ?? {};
  if (expirationSeconds < 600)
    return sendStatus(
      response,
      422,
      `TokenRequest.authentication.k8s.io "" is invalid: spec.expirationSeconds: Invalid value: ${expirationSeconds}: may not specify a duration less than 10 minutes`,
    );
  if (!store.get('serviceaccounts', `${namespace}/${name}`))
    return sendStatus(response, 404, `serviceaccounts "${name}" not found`, {
      name,
      kind: 'serviceaccounts',
    });
  const user = `system:serviceaccount:${namespace}:${name}`;
  // Like a JWT, the token contains its subject.
  const claims = Buffer.from(JSON.stringify({ sub: user, jti: randomUUID() })).toString(
    'base64url',
  );
  const token = `sandbox.${claims}.${randomUUID()}`;
  tokens.set(token, {
    user,
    groups: [
      'system:serviceaccounts',
      `system:serviceaccounts:${namespace}`,
      'system:authenticated',
    ],
  });
  const now = Date.now();
  const time = (ms: number) => new Date(ms).toISOString().replace(/\.\d+/, '');
  sendJson(response, 201, {
    kind: 'TokenRequest',
    apiVersion: 'authentication.k8s.io/v1',
    metadata: { name, namespace, creationTimestamp: time(now) },
    spec: {
      audiences: ['https://kubernetes.default.svc'],
      expirationSeconds,
      boundObjectRef: null,
    },
    status: { token, expirationTimestamp: time(now + expirationSeconds * 1000) },
  });
}

/** Serves the creation and deletion of service accounts. */
export async function serveServiceAccounts(
  { store, authorizer }: TokenIssuer,
  who: Identity,
  { namespace, name }: Account,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const resource = 'serviceaccounts';
  const isDelete = request.method === 'DELETE';
  const verb = isDelete ? 'delete' : 'create';
  if (!allow(authorizer, who, { verb, apiGroup: '', resource, name, namespace }, response)) return;
  if (isDelete) {
    store.delete(resource, `${namespace}/${name}`);
    return sendJson(response, 200, { kind: 'Status', apiVersion: 'v1', status: 'Success' });
  }
  const sent = JSON.parse(await readObject(request)) as StoredObject;
  const metadata = { ...sent.metadata, namespace };
  sendJson(response, 201, store.put(resource, { ...sent, metadata }));
}
