import { type ApiServer, openApiServer } from '../../src/kube/api-server/api-server.ts';
import { noSources } from '../../src/kube/config/credential-sources.ts';
import { credentialOf, fixedCredentials } from '../../src/kube/config/credentials.ts';
import { type Kubelet, openDirect } from '../../src/kube/kubelet-client/client.ts';
import type { Limits } from '../../src/kube/transport/limits.ts';
import { parseServer } from '../../src/kube/transport/server-address.ts';
import type { Node } from '../../src/objects.ts';
import type { Sandbox } from '../sandbox/sandbox.ts';
import { patientLimits } from './hang-limits.ts';

/** The user has a certificate of its own. */
export async function connectTo(
  { authority, apiServer }: Sandbox,
  commonName: string,
  organization: string,
  signal = new AbortController().signal,
): Promise<ApiServer> {
  const clientCertificate = await authority.issue({
    commonName,
    organizations: [organization],
    usage: 'client',
  });
  return openApiServer(
    {
      server: apiServer.url,
      address: parseServer(apiServer.url),
      tls: { ca: authority.cert, serverName: undefined, verify: true, peer: 'API server' },
      proxy: undefined,
      credentials: fixedCredentials(credentialOf({ clientCertificate })),
      impersonate: undefined,
      namespace: 'default',
      sources: noSources,
      isServiceAccount: false,
      origin: undefined,
    },
    signal,
    { limits: patientLimits, requestTimeout: 0, log: undefined },
  );
}

/** Calls kubelets directly. The user has a certificate of its own. */
export async function connectDirectly(
  { authority }: Sandbox,
  commonName: string,
  signal = new AbortController().signal,
): Promise<(node: Node, limits: Limits) => Kubelet> {
  const clientCertificate = await authority.issue({ commonName, usage: 'client' });
  const access = {
    trust: { ca: authority.cert, serverName: undefined, verify: true, peer: 'kubelet' as const },
    identity: async () => ({ authorization: undefined, clientCertificate }),
    routeTo: () => undefined,
    log: undefined,
  };
  return (node, limits) => {
    const port = node.status?.daemonEndpoints?.kubeletEndpoint?.Port ?? 0;
    return openDirect(node.metadata?.name, { host: '127.0.0.1', port }, access, signal, limits);
  };
}
