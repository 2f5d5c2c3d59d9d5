import { fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { loopbackAddress } from '../test/sandbox/fleet.ts';
import { nodeObject } from '../test/sandbox/node-object.ts';
import { startSandbox } from '../test/sandbox/sandbox.ts';

/**
 * The API server of a sandbox, which runs in its own process, and the kubelets of its nodes, which bench/go/kubelets runs. `ca`, `cert`,
 * `key` and `kubeconfig` are paths.
 */
export interface FleetServers {
  readonly url: string;
  /** Port on which all kubelets listen. */
  readonly port: number;
  readonly hosts: readonly string[];
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
  readonly kubeconfig: string;
  /** Breaks every 20th node. A broken node does not answer, refuses connections, breaks off responses, or answers with 403 or 500. */
  breakNodes(): Promise<void>;
  stop(): Promise<void>;
}

type Facts = Omit<FleetServers, 'hosts' | 'breakNodes' | 'stop'>;

export async function startFleetServers(
  kubelets: string,
  folder: string,
  nodes: number,
): Promise<FleetServers> {
  const child = fork(import.meta.filename, [kubelets, folder, String(nodes)]);
  const [facts] = (await once(child, 'message')) as [Facts];
  return {
    ...facts,
    hosts: Array.from({ length: nodes }, (_, index) => loopbackAddress(index + 1)),
    breakNodes: async () => {
      child.send('break');
      await once(child, 'message');
    },
    stop: async () => {
      child.disconnect();
      await once(child, 'exit');
    },
  };
}

async function serve(kubelets: string, folder: string, nodes: number): Promise<void> {
  const sandbox = await startSandbox({ nodes: [] });
  const { authority, apiServer, store, kubeconfigs } = sandbox;
  const write = (name: string, text: string) => {
    const path = join(folder, name);
    writeFileSync(path, text, { mode: 0o600 });
    return path;
  };
  const me = await authority.issue({
    commonName: 'bench',
    organizations: ['system:masters'],
    usage: 'client',
  });
  const ca = write('ca.crt', authority.cert);
  const child = spawn(kubelets, [ca, write('ca.key', authority.key), String(nodes)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const [line] = (await once(createInterface(child.stdout), 'line')) as [string];
  const { port, silent, broken } = JSON.parse(line) as {
    readonly port: number;
    readonly silent: number;
    readonly broken: number;
  };
  const put = (number: number, portOfNode: number) => {
    const name = `node-${String(number).padStart(4, '0')}`;
    const host = loopbackAddress(number);
    store.put('nodes', nodeObject({ name, host, port: portOfNode }, 37));
  };
  for (let number = 1; number <= nodes; number += 1) put(number, port);
  process.on('message', () => {
    // No program listens on port 1.
    const ports = [silent, 1, broken, broken, broken];
    for (let number = 20; number <= nodes; number += 20)
      put(number, ports[(number / 20) % ports.length] ?? port);
    process.send?.('broken');
  });
  const facts: Facts = {
    ...{ url: apiServer.url, port, ca, kubeconfig: kubeconfigs.admin },
    ...{ cert: write('me.crt', me.cert), key: write('me.key', me.key) },
  };
  process.send?.(facts);
  await once(process, 'disconnect');
  child.stdin.end();
  await sandbox.stop();
}

if (import.meta.main)
  await serve(process.argv[2] ?? '', process.argv[3] ?? '', Number(process.argv[4]));
