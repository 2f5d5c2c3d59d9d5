import { type Agent, request } from 'node:https';
import type { KeyPair } from './certificates.ts';

/** One JSON request to an API server or a kubelet, by plain node:https: nothing of the program's own is relied upon. */
export function callApi(
  server: string,
  /** Without a key pair it is nobody's; the server is verified unless told. */
  identity: Partial<KeyPair> & { readonly ca: string; readonly rejectUnauthorized?: boolean },
  method: string,
  path: string,
  body?: unknown,
  more: {
    /** Keeps connections; without it each request has one of its own. */
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
