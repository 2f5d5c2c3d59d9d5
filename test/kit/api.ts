import { type Agent, request } from 'node:https';
import type { KeyPair } from './certificates.ts';

/** Sends one JSON request to an API server or a kubelet by plain node:https, independent of the program. */
export function callApi(
  server: string,
  /** Anonymous without a key pair. Verifies the server by default. */
  identity: Partial<KeyPair> & { readonly ca: string; readonly rejectUnauthorized?: boolean },
  method: string,
  path: string,
  body?: unknown,
  more: {
    /** Without an agent, each request opens a connection. */
    readonly agent?: Agent;
    readonly headers?: Readonly<Record<string, string>>;
  } = {},
): Promise<{ status: number; body: unknown; text: string }> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json', ...more.headers };
    const call = request(
      server + path,
      { method, headers, ...identity, agent: more.agent ?? false },
      (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.on('end', () => {
          const text = Buffer.concat(chunks).toString('utf8');
          const json =
            answer.headers['content-type']?.startsWith('application/json') && text !== '';
          resolve({
            status: answer.statusCode ?? 0,
            body: json ? (JSON.parse(text) as unknown) : undefined,
            text,
          });
        });
        answer.on('error', reject);
      },
    );
    call.on('error', reject);
    call.end(body === undefined ? undefined : JSON.stringify(body));
  });
}
