import type { RequestListener } from 'node:http';
import { createServer } from 'node:https';
import { listen } from '../sandbox/listen.ts';
import { nodeObject } from '../sandbox/node-object.ts';
import { type Sandbox, startSandbox } from '../sandbox/sandbox.ts';
import { type Result, runTool, type ToolOptions } from './tool.ts';

export interface Scripted {
  readonly sandbox: Sandbox;
  /** `GET /healthz`, and the headers of each request. */
  readonly requests: { readonly line: string; readonly headers: NodeJS.Dict<string | string[]> }[];
  /** Runs curl as admin with these arguments. */
  curl(args: readonly string[], options?: ToolOptions): Promise<Result>;
}

/** A cluster with one node, node-1, whose kubelet answers as a test wants; `count` is that of its requests so far, from 1 on. */
export async function withScriptedKubelet(
  answer: (...args: [...Parameters<RequestListener>, count: number]) => void,
  use: (scripted: Scripted) => Promise<void>,
): Promise<void> {
  const sandbox = await startSandbox({ nodes: [] });
  const serving = await sandbox.authority.issue({
    commonName: 'system:node:node-1',
    usage: 'server',
    ips: ['127.0.0.1'],
  });
  const requests: { line: string; headers: NodeJS.Dict<string | string[]> }[] = [];
  const server = createServer(serving, (request, response) => {
    requests.push({ line: `${request.method} ${request.url}`, headers: request.headers });
    answer(request, response, requests.length);
  });
  const listener = await listen(server, '127.0.0.1');
  sandbox.store.put(
    'nodes',
    nodeObject({ name: 'node-1', host: '127.0.0.1', port: listener.port }, 37),
  );
  try {
    await use({
      sandbox,
      requests,
      curl: (args, options) =>
        runTool(['curl', ...args], { env: { KUBECONFIG: sandbox.kubeconfigs.admin }, ...options }),
    });
  } finally {
    await listener.stop();
    await sandbox.stop();
  }
}
