import { fileURLToPath } from 'node:url';
import { canConnect } from '../../kit/can-connect.ts';
import type { Authority } from '../../kit/certificates.ts';
import { waitFor } from '../../kit/wait-for.ts';
import { bridgeAddress } from '../network.ts';
import { writePair } from '../pki.ts';
import { hasEnded, startProcess } from '../processes.ts';

export const serverPorts = { proxy: 16444, webhooks: 16445 } as const;

export type ServerName = keyof typeof serverPorts;

/** Starts a server of serve.ts with a certificate of this authority. */
export async function startServer(
  directory: string,
  name: ServerName,
  authority: Authority,
): Promise<void> {
  const request = { commonName: name, usage: 'server', ips: [bridgeAddress] } as const;
  await writePair(directory, name, await authority.issue(request));
  const program = fileURLToPath(new URL('./serve.ts', import.meta.url));
  // With the slash, isOurs recognizes the process as one of the cluster.
  const started = await startProcess(directory, name, process.execPath, [
    program,
    name,
    `${directory}/`,
  ]);
  await waitFor(`the ${name} to listen`, 20_000, () => {
    if (hasEnded(started.pid)) throw new Error(`${name} ended by itself`);
    return canConnect({ host: bridgeAddress, port: serverPorts[name] });
  });
}
