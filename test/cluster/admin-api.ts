import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { HttpMethod } from '@kubernetes/client-node/dist/gen/http/http.js';
import { openApi, type Send } from '../kit/api-client.ts';
import { bridgeAddress } from './network.ts';
import { apiPort } from './pki.ts';
import type { RealCluster } from './real-cluster.ts';

/** Requests of the administrator, as whom they like by a header. */
export interface AdminApi {
  readonly send: Send;
  /** Fails for an answer that is no success. */
  call<T>(method: HttpMethod, path: string, body?: unknown): Promise<T>;
}

export function adminApi(cluster: RealCluster): AdminApi {
  const pem = (name: string) => readFileSync(join(cluster.pki, name), 'utf8');
  const identity = { cert: pem('admin.crt'), key: pem('admin.key'), ca: pem('ca.crt') };
  const send = openApi(`https://${bridgeAddress}:${apiPort}`, identity);
  return {
    send,
    call: async <T>(method: HttpMethod, path: string, body?: unknown) => {
      const answer = await send(method, path, body);
      if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.text}`);
      return answer.body as T;
    },
  };
}
