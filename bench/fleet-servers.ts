import { fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { loopbackAddress } from '../test/sandbox/fleet.ts';
import { nodeObject } from '../test/sandbox/node-object.ts';
import { startSandbox } from '../test/sandbox/sandbox.ts';

/** A sandbox's API server, in a process of its own, whose nodes are played by bench/go/kubelets. Paths are of files. */
export interface FleetServers {
  readonly url: string;
  /** Of all kubelets. */
  readonly port: number;
  readonly hosts: readonly string[];
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
  readonly kubeconfig: string;
  stop(): Promise<void>;
}

type Facts = Omit<FleetServers, 'hosts' | 'stop'>;

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
  const { port } = JSON.parse(line) as { port: number };
  for (let number = 1; number <= nodes; number += 1) {
    const name = `node-${String(number).padStart(4, '0')}`;
    store.put('nodes', nodeObject({ name, host: loopbackAddress(number), port }, 37));
  }
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
