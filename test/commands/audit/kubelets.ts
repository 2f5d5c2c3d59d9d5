import { type AddressInfo, createServer, type Socket } from 'node:net';
import type { Result } from '../../kit/tool.ts';
import { withSandbox } from '../../kit/with-sandbox.ts';
import {
  type ConfiguredKubelet,
  type ConfiguredKubeletOptions,
  startConfiguredKubelet,
} from '../../sandbox/configured-kubelet.ts';
import type { Sandbox } from '../../sandbox/sandbox.ts';

type Audit = (args?: readonly string[], who?: 'admin' | 'dev' | 'token') => Promise<Result>;

/** Starts kubelets of node-1, node-2 and so on in a new sandbox. */
export function withKubelets(
  kubelets: readonly Omit<ConfiguredKubeletOptions, 'name'>[],
  use: (audit: Audit, kubelets: readonly ConfiguredKubelet[], sandbox: Sandbox) => Promise<void>,
): Promise<void> {
  return withSandbox({ minor: 37, nodes: [] }, async (sandbox, tool) => {
    const started = await Promise.all(
      kubelets.map((each, index) =>
        startConfiguredKubelet(sandbox, { ...each, name: `node-${index + 1}` }),
      ),
    );
    const audit: Audit = (args = [], who = 'admin') => tool(['audit', ...args], who);
    try {
      await use(audit, started, sandbox);
    } finally {
      await Promise.all(started.map((kubelet) => kubelet.stop()));
    }
  });
}

/** Adds nodes that share one address. Its server accepts connections and never answers. */
export async function startSilent(sandbox: Sandbox, names: readonly string[]) {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  for (const name of names)
    sandbox.store.put('nodes', {
      apiVersion: 'v1',
      kind: 'Node',
      metadata: { name },
      status: {
        addresses: [{ type: 'InternalIP', address: '127.0.0.1' }],
        daemonEndpoints: { kubeletEndpoint: { Port: port } },
      },
    });
  return {
    connections: () => sockets.size,
    stop: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
