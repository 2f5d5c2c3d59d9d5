import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { operatorToken } from '../../likeness/operator.ts';
import { bridgeAddress } from '../network.ts';
import { writeKubeconfig, writeSecret } from '../pki.ts';
import { bindOperators } from './bind.ts';
import type { Blueprint, Making } from './blueprint.ts';
import { serverPorts, startServer } from './start-server.ts';

/** A credential plugin prints tokens, and a webhook authenticates them. */
export const asCloud: Partial<Blueprint> = {
  caller: 'operator',
  prepare: async (making) => {
    await startServer(making.directory, 'webhooks', making.authority);
    await writePlugin(making.directory);
    return {
      'authentication-token-webhook-config-file': await webhookConfig(making, 'authenticate'),
      'authentication-token-webhook-version': 'v1',
    };
  },
  furnish: bindOperators,
};

/** The API server calls the webhook with this kubeconfig. Returns its path. */
export async function webhookConfig(
  { directory, authority }: Making,
  path: string,
): Promise<string> {
  const server = `https://${bridgeAddress}:${serverPorts.webhooks}/${path}`;
  await writeKubeconfig(directory, path, {}, { server, ca: authority.cert });
  return join(directory, `${path}.kubeconfig`);
}

async function writePlugin(directory: string): Promise<void> {
  const apiVersion = 'client.authentication.k8s.io/v1';
  const expirationTimestamp = new Date(Date.now() + 3_600_000).toISOString();
  const status = { token: operatorToken, expirationTimestamp };
  const answer = join(directory, 'credential.json');
  await writeSecret(answer, JSON.stringify({ apiVersion, kind: 'ExecCredential', status }));
  const command = join(directory, 'credential-plugin');
  await writeFile(command, `#!/bin/sh\nexec cat '${answer}'\n`, { mode: 0o755 });
  const exec = { apiVersion, command, interactiveMode: 'Never' };
  await writeKubeconfig(directory, 'operator', { exec });
}
