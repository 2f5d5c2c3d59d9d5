import { readFileSync, writeFileSync } from 'node:fs';
import { Agent, request as send } from 'node:https';
import { join } from 'node:path';
import type { Sandbox } from '../sandbox/sandbox.ts';
import { listenSecurely } from './listen-securely.ts';

/** A response of the API server, or of a kubelet behind it. */
export interface Passing {
  readonly method: string;
  /** The path with its query. */
  readonly path: string;
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
}

type Changed = Partial<Pick<Passing, 'status' | 'headers' | 'text'>>;

/** Returns changes to a response, or undefined to pass it on unchanged. */
export type Tamper = (answer: Passing) => Changed | undefined;

export interface TamperingProxy {
  /** Kubeconfig for this proxy, with the token of the admin. */
  readonly kubeconfig: string;
  stop(): Promise<void>;
}

export async function startTamperingProxy(
  sandbox: Sandbox,
  tamper: () => Tamper,
): Promise<TamperingProxy> {
  const { authority, apiServer } = sandbox;
  const agent = new Agent({ ca: authority.cert, keepAlive: true });
  const { port, stop } = await listenSecurely(authority, (request, response) => {
    const { method = '', url = '', headers } = request;
    const onward = send(apiServer.url + url, { agent, method, headers }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.on('error', () => response.destroy());
      answer.on('end', () => {
        const {
          'transfer-encoding': _,
          'content-length': __,
          connection: ___,
          ...kept
        } = answer.headers;
        const seen = {
          method,
          path: url,
          status: answer.statusCode ?? 0,
          headers: kept,
          text: Buffer.concat(chunks).toString('utf8'),
        };
        const { status, headers, text } = { ...seen, ...tamper()(seen) };
        response.writeHead(status, headers);
        response.end(text);
      });
    });
    onward.on('error', () => response.destroy());
    request.pipe(onward);
  });
  const kubeconfig = join(sandbox.directory, `tampered-${port}.kubeconfig`);
  const original = readFileSync(sandbox.kubeconfigs.token, 'utf8');
  writeFileSync(kubeconfig, original.replaceAll(apiServer.url, `https://127.0.0.1:${port}`), {
    mode: 0o600,
  });
  return {
    kubeconfig,
    stop: async () => {
      agent.destroy();
      await stop();
    },
  };
}
