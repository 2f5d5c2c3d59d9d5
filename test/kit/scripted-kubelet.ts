import type { RequestListener } from 'node:http';
import type { Listener } from '../sandbox/listen.ts';
import { nodeObject } from '../sandbox/node-object.ts';
import { type Sandbox, startSandbox } from '../sandbox/sandbox.ts';
import { listenSecurely } from './listen-securely.ts';
import { type CommandLine, type Result, runTool, type ToolOptions } from './tool.ts';

export interface Scripted {
  readonly sandbox: Sandbox;
  /** Requests that kubelets received. A `line` is such as `GET /healthz`. */
  readonly requests: { readonly line: string; readonly headers: NodeJS.Dict<string | string[]> }[];
  tool(line: CommandLine, options?: ToolOptions): Promise<Result>;
  curl(args: readonly string[], options?: ToolOptions): Promise<Result>;
}

/** Answers a request to a kubelet. `count` is 1 for its first request, 2 for the second, and so on. */
export type Script = (...args: [...Parameters<RequestListener>, count: number]) => void;

/** The cluster has one node, node-1, whose kubelet answers by a script. */
export async function withScriptedKubelet(
  script: Script,
  use: (scripted: Scripted) => Promise<void>,
): Promise<void> {
  await withScriptedKubelets([script], use);
}

/** The cluster has a node for each script: node-1, node-2 and so on. */
export async function withScriptedKubelets(
  scripts: readonly Script[],
  use: (scripted: Scripted) => Promise<void>,
): Promise<void> {
  const sandbox = await startSandbox({ nodes: [] });
  const requests: { line: string; headers: NodeJS.Dict<string | string[]> }[] = [];
  const listeners: Listener[] = [];
  for (const [index, script] of scripts.entries()) {
    const name = `node-${index + 1}`;
    let count = 0;
    const serve: RequestListener = (request, response) => {
      requests.push({ line: `${request.method} ${request.url}`, headers: request.headers });
      count += 1;
      script(request, response, count);
    };
    const listener = await listenSecurely(sandbox.authority, serve, `system:node:${name}`);
    listeners.push(listener);
    sandbox.store.put('nodes', nodeObject({ name, host: '127.0.0.1', port: listener.port }, 37));
  }
  try {
    const tool = (line: CommandLine, options?: ToolOptions) =>
      runTool(line, {
        ...options,
        env: { KUBECONFIG: sandbox.kubeconfigs.admin, ...options?.env },
      });
    await use({
      sandbox,
      requests,
      tool,
      curl: (args, options) => tool(['curl', ...args], options),
    });
  } finally {
    await Promise.all(listeners.map((listener) => listener.stop()));
    await sandbox.stop();
  }
}
