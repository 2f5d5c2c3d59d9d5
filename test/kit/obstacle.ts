import type { IncomingHttpHeaders } from 'node:http';
import { createServer } from 'node:https';
import { createServer as createTcpServer, type Server } from 'node:net';
import { openBlackHole } from '../sandbox/black-hole.ts';
import { alertingServer, listen, plainServer, silentServer } from '../sandbox/listen.ts';
import type { NodeObject } from '../sandbox/node-object.ts';
import { sendText } from '../sandbox/respond.ts';
import type { Sandbox, SandboxOptions } from '../sandbox/sandbox.ts';
import { type Tool, withSandbox } from './with-sandbox.ts';

/**
 * `refused`: no server. `black-hole`: dropped packets. `silent`: sends nothing. `alert`: no serving certificate. `plain`: no TLS.
 * `unauthorized`: answers 401. `slow`: begins handshakes after five seconds.
 */
export type Obstacle =
  | 'refused'
  | 'black-hole'
  | 'silent'
  | 'alert'
  | 'plain'
  | 'unauthorized'
  | 'slow';

export interface Obstructed {
  readonly sandbox: Sandbox;
  readonly tool: Tool;
  /** Headers of each request that an obstacle received. */
  readonly seen: readonly IncomingHttpHeaders[];
  /** Removes the obstacles. Callers then reach kubelets at the addresses that kube-apiserver uses. */
  readonly clear: () => void;
}

/** ExternalIP of all nodes, which only callers use. kube-apiserver uses the Hostname, where the kubelet is. */
const host = '127.0.0.9';

/** kube-apiserver reaches all kubelets. Callers reach an obstacle in place of each kubelet. */
export function withObstacle(
  obstacle: Obstacle,
  options: SandboxOptions,
  use: (obstructed: Obstructed) => Promise<void>,
): Promise<void> {
  return withSandbox(options, async (sandbox, tool) => {
    const { store, kubelets } = sandbox;
    const seen: IncomingHttpHeaders[] = [];
    const before = store.list('nodes') as unknown as readonly NodeObject[];
    const addresses = [
      { type: 'ExternalIP', address: host },
      { type: 'Hostname', address: '127.0.0.1' },
    ];
    for (const node of before)
      store.put('nodes', { ...node, status: { ...node.status, addresses } });
    const opened = await Promise.all(
      kubelets.map(({ port }) => openObstacle(obstacle, port, sandbox, seen)),
    );
    const clear = () => {
      for (const node of before) store.put('nodes', node);
    };
    try {
      await use({ sandbox, tool, seen, clear });
    } finally {
      await Promise.all(opened.map(async (each) => each?.stop()));
    }
  });
}

async function openObstacle(
  obstacle: Obstacle,
  port: number,
  { authority }: Sandbox,
  seen: IncomingHttpHeaders[],
): Promise<{ stop(): Promise<void> } | undefined> {
  if (obstacle === 'refused') return undefined;
  if (obstacle === 'black-hole') return openBlackHole({ host, port });
  const serving = await authority.issue({ commonName: 'kubelet', usage: 'server', ips: [host] });
  const answering = (status: number, text: string) =>
    createServer(serving, (request, response) => {
      seen.push(request.headers);
      sendText(response, status, text);
    });
  const servers: Readonly<Record<typeof obstacle, () => Server>> = {
    silent: silentServer,
    alert: alertingServer,
    plain: plainServer,
    unauthorized: () => answering(401, 'Unauthorized'),
    slow: () => delaying(answering(200, 'ok'), 5000),
  };
  return listen(servers[obstacle](), host, port);
}

/** Accepts connections at once, but begins handshakes later. */
function delaying(server: Server, ms: number): Server {
  return createTcpServer({ pauseOnConnect: true }, (socket) => {
    setTimeout(() => server.emit('connection', socket), ms);
  });
}
