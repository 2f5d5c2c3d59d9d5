import { createServer } from 'node:https';
import type { Server } from 'node:net';
import { json } from 'node:stream/consumers';
import type { KeyPair } from '../../kit/certificates.ts';
import { isManaged, wardenReason } from '../../likeness/warden.ts';

interface Review {
  readonly apiVersion: string;
  readonly kind: string;
  readonly spec: {
    readonly token?: string;
    readonly user?: string;
    readonly resourceAttributes?: { readonly resource?: string; readonly subresource?: string };
  };
}

type Callers = ReadonlyMap<string, { readonly user: string; readonly groups: readonly string[] }>;

/** Webhooks of a cloud for token authentication and authorization. */
export function webhooks(serving: KeyPair, callers: Callers): Server {
  return createServer(serving, (request, response) => {
    void json(request).then((body) => {
      const { apiVersion, kind, spec } = body as Review;
      const status = kind === 'TokenReview' ? reviewToken(spec, callers) : reviewAccess(spec);
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ apiVersion, kind, status }));
    });
  });
}

function reviewToken({ token = '' }: Review['spec'], callers: Callers) {
  const caller = callers.get(token);
  if (!caller) return { authenticated: false };
  const { user: username, groups } = caller;
  return { authenticated: true, user: { username, groups } };
}

/** Denies access to managed resources, but not to kube-apiserver, which needs the access to read logs. */
function reviewAccess({ user = '', resourceAttributes = {} }: Review['spec']) {
  const { resource = '', subresource = '' } = resourceAttributes;
  return isManaged(`${resource}/${subresource}`) && user !== 'kube-apiserver'
    ? { allowed: false, denied: true, reason: wardenReason }
    : { allowed: false };
}
