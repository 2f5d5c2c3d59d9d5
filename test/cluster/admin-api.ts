import { readFileSync } from 'node:fs';
import { Agent } from 'node:https';
import { join } from 'node:path';
import { callApi } from '../kit/api.ts';
import type { RealCluster } from './cluster.ts';
import { bridgeAddress } from './network.ts';
import { apiPort } from './pki.ts';

/** Many requests of the administrator, over connections that are kept, as whom they like. */
export interface AdminApi {
  send(
    method: string,
    path: string,
    body?: unknown,
    as?: string,
  ): Promise<{ readonly status: number; readonly body: unknown; readonly text: string }>;
  /** Fails for an answer that is no success. */
  call<T>(method: string, path: string, body?: unknown): Promise<T>;
  close(): void;
}

export function adminApi(cluster: RealCluster): AdminApi {
  const pem = (name: string) => readFileSync(join(cluster.pki, name), 'utf8');
  const identity = { cert: pem('admin.crt'), key: pem('admin.key'), ca: pem('ca.crt') };
  const agent = new Agent({ keepAlive: true });
  const server = `https://${bridgeAddress}:${apiPort}`;
  const send: AdminApi['send'] = (method, path, body, as) =>
    callApi(server, identity, method, path, body, {
      agent,
      ...(as === undefined ? {} : { headers: { 'impersonate-user': as } }),
    });
  return {
    send,
    call: async <T>(method: string, path: string, body?: unknown) => {
      const answer = await send(method, path, body);
      if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.text}`);
      return answer.body as T;
    },
    close: () => agent.destroy(),
  };
}
