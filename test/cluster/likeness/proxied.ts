import { createAuthority } from '../../kit/certificates.ts';
import { proxyPath } from '../../likeness/impersonating-proxy.ts';
import { operatorToken } from '../../likeness/operator.ts';
import { bridgeAddress } from '../network.ts';
import { writeKubeconfig } from '../pki.ts';
import { bindOperators } from './bind.ts';
import type { Blueprint } from './blueprint.ts';
import { serverPorts, startServer } from './start-server.ts';

/** The proxy in front of the API server has its own CA and token. */
export const asProxied: Partial<Blueprint> = {
  caller: 'operator',
  furnish: async (cluster) => {
    const authority = await createAuthority('proxy-ca');
    await startServer(cluster.directory, 'proxy', authority);
    const server = `https://${bridgeAddress}:${serverPorts.proxy}${proxyPath}`;
    const user = { token: operatorToken };
    await writeKubeconfig(cluster.directory, 'operator', user, { server, ca: authority.cert });
    await bindOperators(cluster);
  },
};
