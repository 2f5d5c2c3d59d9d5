import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { HttpMethod } from '@kubernetes/client-node/dist/gen/http/http.js';
import { openApi, type Send } from '../kit/api-client.ts';
import { apiServerUrl } from './pki.ts';
import type { RealCluster } from './real-cluster.ts';

export const rbacPath = '/apis/rbac.authorization.k8s.io/v1';

/** Sends requests as an administrator, who may impersonate anyone by a header. */
export interface AdminApi {
  readonly send: Send;
  /** Throws an Error if the response is not a success. */
  call<T>(method: HttpMethod, path: string, body?: unknown): Promise<T>;
  create(...objects: readonly { readonly kind: string }[]): Promise<void>;
}

export function adminApi(cluster: RealCluster): AdminApi {
  const send = openApi(apiServerUrl, adminIdentity(cluster));
  const call: AdminApi['call'] = async <T>(method: HttpMethod, path: string, body?: unknown) => {
    const answer = await send(method, path, body);
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.text}`);
    return answer.body as T;
  };
  return {
    send,
    call,
    create: async (...objects) => {
      for (const object of objects)
        await call('POST', `${rbacPath}/${object.kind.toLowerCase()}s`, object);
    },
  };
}

export function adminIdentity({ pki }: RealCluster) {
  const pem = (name: string) => readFileSync(join(pki, name), 'utf8');
  return { cert: pem('admin.crt'), key: pem('admin.key'), ca: pem('ca.crt') };
}
